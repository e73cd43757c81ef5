"""Functions that are called in several processes."""

import concurrent.futures
import itertools
import multiprocessing
import os
import signal
import threading
from concurrent.futures.process import BrokenProcessPool

from mtc_tf.data.file_calls import answer_call
from mtc_tf.data.file_calls import file_calls
from mtc_tf.data.file_calls import read_answer
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
        folder: path of an existing folder, for what goes to the processes and
            comes from them, as of `file_calls`.
    """

    def __init__(self, jobs, folder):
        self._jobs = jobs
        self._folder = folder
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
        with file_calls(self._folder, function, arguments) as calls:
            # `map` would cancel what is left after an error, and the pool
            # fails with a traceback where a call that it cancelled is lost.
            done = [self._pool.submit(answer_call, str(call)) for call in calls]
            try:
                for call, future in zip(calls, done, strict=True):
                    future.result()
                    yield read_answer(call)
            except BrokenProcessPool as error:
                raise InputError(
                    f"one of {self._jobs} processes was killed before its work "
                    "was done; where memory was short, fewer of them take less"
                ) from error


def worth_a_call(items, size, enough):
    """Puts items into lists, each of which is worth to be given to a process.

    Args:
        items: iterable.
        size: function of an item.
        enough: number. A list is closed when its sizes together are so much.

    Yields:
        list of items; together all of them, in their order.
    """
    together, total = [], 0
    for item in items:
        together.append(item)
        total += size(item)
        if total >= enough:
            yield together
            together, total = [], 0
    if together:
        yield together


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
