"""Functions that are called in several processes."""

import collections
import concurrent.futures
import functools
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

    def call_all(self, *steps):
        """Does steps of work, one after the other.

        Args:
            *steps: `Step`.

        Yields:
            what the function of the last step returns, in the order of its
            arguments.

        Raises:
            InputError: if one of the processes was killed.
            Exception: what a function raises.
        """
        if self._pool is None or all(len(s.arguments) < 2 for s in steps):
            yield from _call_here(steps)
            return
        with file_calls(self._folder, steps) as calls:
            try:
                for step, own in zip(steps, calls, strict=True):
                    answers = self._answers(own, step.name)
                    if step is steps[-1]:
                        yield from answers
                    else:
                        collections.deque(answers, maxlen=0)
            except BrokenProcessPool as error:
                raise InputError(
                    f"one of {self._jobs} processes was killed before its work "
                    "was done; where memory was short, fewer of them take less"
                ) from error

    def _answers(self, calls, name):
        """Has calls of one step done, and yields what comes of them."""
        if len(calls) == 1:
            answer_call(str(calls[0]))
            yield read_answer(calls[0])
            return
        # `map` would cancel what is left after an error, and the pool fails
        # with a traceback where a call that it cancelled is lost.
        done = [self._pool.submit(answer_call, str(call)) for call in calls]
        pairs = zip(calls, done, strict=True)
        for call, future in _with_bar(pairs, name, len(calls)):
            future.result()
            yield read_answer(call)


def _call_here(steps):
    answers = None
    for name, function, arguments in steps:
        if answers is not None:
            function = functools.partial(function, list(answers))
        answers = itertools.starmap(function, arguments)
        answers = _with_bar(answers, name, len(arguments))
    return answers


def _with_bar(items, name, total):
    """The same items, with a bar on a terminal if there are several."""
    if total < 2:
        return items
    import tqdm

    return tqdm.tqdm(items, name, total, unit="", leave=False, disable=None)


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
