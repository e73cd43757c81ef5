"""Functions that are called in several processes."""

import concurrent.futures
import itertools
import multiprocessing
import os
import signal
import threading
from concurrent.futures.process import BrokenProcessPool

from mtc_tf.errors import InputError

MOST_JOBS = 1024
_VARIABLE = "MTC_JOBS"


def call_all(function, arguments, jobs):
    """Calls a function with each of some arguments.

    With several processes, these start anew and import what the function
    needs; they end with this one, however it ends. Whatever ends the loop over
    the results early, an interrupt too, ends them at once.

    Args:
        function: function of a module.
        arguments: list of tuples.
        jobs: int. How many processes; with 1 it is this one.

    Yields:
        what the function returns, in the order of the arguments.

    Raises:
        InputError: if one of the processes was killed.
        Exception: what the function raises.
    """
    jobs = min(jobs, len(arguments))
    if jobs < 2:
        yield from itertools.starmap(function, arguments)
        return
    others = set(multiprocessing.active_children())
    with concurrent.futures.ProcessPoolExecutor(
        jobs,
        # A fork of a process with threads, as TensorFlow has, may hang.
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
    ) as pool:
        try:
            yield from pool.map(function, *zip(*arguments, strict=True))
        except BaseException as error:
            for process in set(multiprocessing.active_children()) - others:
                process.kill()
            if isinstance(error, BrokenProcessPool):
                raise InputError(
                    f"one of {jobs} processes was killed before its work was "
                    "done; where memory was short, fewer of them take less"
                ) from error
            raise


def jobs_of_environment():
    """Returns how many processes `MTC_JOBS` asks for, 1 if it is not set.

    Raises:
        InputError: if that is no number.
    """
    text = os.environ.get(_VARIABLE) or "1"
    return read_jobs(text, _VARIABLE)


def read_jobs(text, name):
    """Reads a number of processes.

    Args:
        text: str.
        name: str. What the error calls it.

    Returns:
        int.

    Raises:
        InputError: if it is none.
    """
    is_number = text.isascii() and text.isdigit() and len(text) < 5
    if not is_number or not 1 <= int(text) <= MOST_JOBS:
        raise InputError(
            f"{name} must be a whole number from 1 to {MOST_JOBS}; "
            f"received: {text}"
        )
    return int(text)


def _begin():
    """What a new process does first."""
    # An interrupt goes to all processes of a terminal; the first one answers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent():
    multiprocessing.parent_process().join()
    os._exit(1)
