import multiprocessing
import operator
import os
import time

import pytest

from mtc_tf.data.file_calls import Step
from mtc_tf.data.worker_pool import WorkerPool
from mtc_tf.data.worker_pool import jobs_of_environment
from mtc_tf.data.worker_pool import read_jobs
from mtc_tf.data.worker_pool import worth_a_call
from mtc_tf.errors import InputError

PAIRS = [(7, 2), (1, 1), (9, 4)]


def _call(workers, function, arguments):
    return workers.call_all(Step("", function, arguments))


def test_one_process_is_this_one(tmp_path):
    with WorkerPool(1, tmp_path) as workers:
        assert list(_call(workers, os.getpid, [(), ()])) == [os.getpid()] * 2


def test_results_come_in_order_from_other_processes(tmp_path):
    with WorkerPool(2, tmp_path) as workers:
        assert list(_call(workers, operator.sub, PAIRS)) == [5, 0, 5]
        assert list(_call(workers, operator.sub, [])) == []
        processes = set(_call(workers, os.getpid, [()] * 9))
        assert os.getpid() not in processes
        with pytest.raises(ZeroDivisionError):
            list(_call(workers, operator.truediv, [(1, 1), (1, 0)]))
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_steps_are_given_what_was_done_before(jobs, tmp_path):
    steps = [
        Step("subtract", operator.sub, PAIRS),
        Step("look", operator.contains, [(5,), (3,)]),
        Step("gather", operator.contains, [(False,)]),
        Step("spread", operator.contains, [(False,), (True,)]),
    ]
    with WorkerPool(jobs, tmp_path) as workers:
        assert list(workers.call_all(*steps)) == [False, True]
        assert list(workers.call_all(*steps[:-1])) == [True]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_error_ends_the_steps(jobs, tmp_path):
    texts = [("3", "--three"), ("none", "--first"), ("none", "--second")]
    steps = [
        Step("read", read_jobs, texts),
        Step("look", operator.contains, [(1,)]),
    ]
    with (
        WorkerPool(jobs, tmp_path) as workers,
        pytest.raises(InputError, match="^--first must be"),
    ):
        list(workers.call_all(*steps))


def test_process_that_is_killed(tmp_path):
    with WorkerPool(2, tmp_path) as workers:
        with pytest.raises(InputError, match="one of 2 processes was killed"):
            list(_call(workers, os._exit, [(9,), (9,)]))
    assert multiprocessing.active_children() == []


def test_interrupt_ends_the_others(tmp_path):
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt), WorkerPool(2, tmp_path) as workers:
        assert next(_call(workers, time.sleep, [(0,), (99,), (99,)])) is None
        raise KeyboardInterrupt
    assert multiprocessing.active_children() == []
    assert time.monotonic() - begun < 50


# A thread of the pool that fails is a traceback on the terminal.
@pytest.mark.filterwarnings(
    "error::pytest.PytestUnhandledThreadExceptionWarning"
)
def test_interrupt_while_large_results_are_on_their_way(tmp_path):
    begun = time.monotonic()
    large = [(0, 10_000_000)] * 20
    with pytest.raises(KeyboardInterrupt), WorkerPool(2, tmp_path) as workers:
        assert len(next(_call(workers, _later, large))) == 10_000_000
        raise KeyboardInterrupt
    assert multiprocessing.active_children() == []
    assert time.monotonic() - begun < 50


def _later(seconds, nbytes):
    time.sleep(seconds)
    return bytes(nbytes)


@pytest.mark.filterwarnings(
    "error::pytest.PytestUnhandledThreadExceptionWarning"
)
def test_process_that_is_killed_while_it_answers(tmp_path):
    with WorkerPool(2, tmp_path) as workers:
        with pytest.raises(InputError, match="one of 2 processes was killed"):
            for _ in _call(workers, _later, [(0.01, 10_000_000)] * 400):
                for process in multiprocessing.active_children()[:1]:
                    process.kill()


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5", "1025", "9" * 5000])
def test_jobs_that_are_none(text, monkeypatch):
    with pytest.raises(InputError, match="^--jobs must be .* 1 to 1024; rec"):
        read_jobs(text, "--jobs")
    monkeypatch.setenv("MTC_JOBS", text)
    with pytest.raises(InputError, match="^MTC_JOBS must be a whole number"):
        jobs_of_environment()


def test_jobs_of_the_environment(monkeypatch):
    monkeypatch.delenv("MTC_JOBS", raising=False)
    assert jobs_of_environment() == 1
    monkeypatch.setenv("MTC_JOBS", "12")
    assert jobs_of_environment() == 12


def test_lists_that_are_worth_a_call():
    sizes = [3, 9, 1, 1, 7, 30, 2]
    lists = list(worth_a_call(sizes, int, 10))
    assert lists == [[3, 9], [1, 1, 7, 30], [2]]
    assert list(worth_a_call([], int, 10)) == []
    assert list(worth_a_call([10, 10], int, 10)) == [[10], [10]]
