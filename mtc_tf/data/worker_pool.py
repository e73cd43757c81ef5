"""Functions that are called in several processes."""

import concurrent.futures
import itertools
import multiprocessing
import os
import signal
import threading
from concurrent.futures.process import BrokenProcessPool

from mtc_tf.errors import InputError
from mtc_tf.whole_numbers import whole_number

MOST_JOBS = 1024
_VARIABLE = "MTC_JOBS"


class WorkerPool:
    """Some processes that call functions, or this process alone.

    The processes start anew, as soon as there is something to do, and import
    what they need. They end with the `with` statement, and with this process,
    however it ends.

    Args:
        jobs: int. How many; with 1 it is this process.
    """

    def __init__(self, jobs):
        self._jobs = jobs
        self._pool = None

    def __enter__(self):
        self._others = set(multiprocessing.active_children())
        if self._jobs > 1:
            self._pool = concurrent.futures.ProcessPoolExecutor(
                self._jobs,
                # A fork of a process with threads, as TensorFlow has, may hang.
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_begin,
            )
        return self

    def __exit__(self, kind, *error):
        if self._pool is None:
            return
        if kind is not None:
            # At once: what they are doing may take minutes.
            for child in set(multiprocessing.active_children()) - self._others:
                child.kill()
        self._pool.shutdown()

    def call_all(self, function, arguments):
        """Calls a function with each of some arguments.

        Args:
            function: function of a module.
            arguments: list of tuples.

        Yields:
            what the function returns, in the order of the arguments.

        Raises:
            InputError: if one of the processes was killed.
            Exception: what the function raises.
        """
        if self._pool is None or len(arguments) < 2:
            yield from itertools.starmap(function, arguments)
            return
        try:
            yield from self._pool.map(function, *zip(*arguments, strict=True))
        except BrokenProcessPool as error:
            raise InputError(
                f"one of {self._jobs} processes was killed before its work was "
                "done; where memory was short, fewer of them take less"
            ) from error


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
    return whole_number(text, name, 1, MOST_JOBS)


def _begin():
    """What a new process does first."""
    # An interrupt goes to all processes of a terminal; the first one answers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent():
    multiprocessing.parent_process().join()
    os._exit(1)
