import multiprocessing
import operator
import os
import time

import pytest

from mtc_tf.data.worker_pool import WorkerPool
from mtc_tf.data.worker_pool import jobs_of_environment
from mtc_tf.data.worker_pool import read_jobs
from mtc_tf.errors import InputError

PAIRS = [(7, 2), (1, 1), (9, 4)]


def test_one_process_is_this_one():
    with WorkerPool(1) as workers:
        assert list(workers.call_all(os.getpid, [(), ()])) == [os.getpid()] * 2


def test_results_come_in_order_from_other_processes():
    with WorkerPool(2) as workers:
        assert list(workers.call_all(operator.sub, PAIRS)) == [5, 0, 5]
        assert list(workers.call_all(operator.sub, [])) == []
        processes = set(workers.call_all(os.getpid, [()] * 9))
        assert os.getpid() not in processes
        with pytest.raises(ZeroDivisionError):
            list(workers.call_all(operator.truediv, [(1, 1), (1, 0)]))
    assert multiprocessing.active_children() == []


def test_process_that_is_killed():
    with WorkerPool(2) as workers:
        with pytest.raises(InputError, match="one of 2 processes was killed"):
            list(workers.call_all(os._exit, [(9,), (9,)]))
    assert multiprocessing.active_children() == []


def test_interrupt_ends_the_others():
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt), WorkerPool(2) as workers:
        assert next(workers.call_all(time.sleep, [(0,), (99,), (99,)])) is None
        raise KeyboardInterrupt
    assert multiprocessing.active_children() == []
    assert time.monotonic() - begun < 50


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
