import multiprocessing
import operator
import os
import signal

import pytest

from mtc_tf.data.worker_pool import call_all
from mtc_tf.data.worker_pool import jobs_of_environment
from mtc_tf.data.worker_pool import read_jobs
from mtc_tf.errors import InputError
from mtc_tf.packets.capture_files import capture_name

PAIRS = [(7, 2), (1, 1), (9, 4)]


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_come_in_order(jobs):
    assert list(call_all(operator.sub, PAIRS, jobs)) == [5, 0, 5]
    assert multiprocessing.active_children() == []


def test_nothing_to_do():
    assert list(call_all(operator.sub, [], 4)) == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_error_of_a_call(jobs):
    with pytest.raises(ZeroDivisionError):
        list(call_all(operator.truediv, [(1, 1), (1, 0), (2, 1)], jobs))
    assert multiprocessing.active_children() == []


def test_process_that_is_killed():
    with pytest.raises(InputError, match="one of 2 processes was killed"):
        list(call_all(os._exit, [(9,), (9,)], 2))
    assert multiprocessing.active_children() == []


def test_interrupt_ends_the_others():
    calls = call_all(signal.sigtimedwait, [([], 0), ([], 99), ([], 99)], 2)
    assert next(calls) is None
    with pytest.raises(KeyboardInterrupt):
        calls.throw(KeyboardInterrupt)
    assert multiprocessing.active_children() == []


def test_one_process_calls_in_this_one():
    assert list(call_all(os.getpid, [()], 4)) == [os.getpid()]
    assert list(call_all(capture_name, [(_path(),)], 1)) == ["x"]


def _path():
    import pathlib

    return pathlib.Path("x.pcap")


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
