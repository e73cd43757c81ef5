"""Questions to a server at a rate, and what came of them."""

import collections
import dataclasses
import itertools
import threading
import time
from concurrent import futures

import numpy as np

from mtc_tf.errors import InputError

# So that all threads stand ready when the first question is due.
_HEAD_START = 0.05
_TOO_LATE = "no connection was free"


@dataclasses.dataclass(frozen=True)
class LoadStep:
    """What a server did at one rate.

    Args:
        latencies: float array. Seconds until each answer, sorted: from the
            time at which its question was due, not from that at which it was
            sent, so that a server that falls behind is not spared.
        errors: dict from kind of error to how often it came.
        seconds: float. From the first question to the last answer.
    """

    latencies: np.ndarray
    errors: dict
    seconds: float

    @property
    def answers_per_second(self):
        """float."""
        return len(self.latencies) / self.seconds

    def latency(self, percent):
        """Returns the seconds within which so many of the answers came.

        Args:
            percent: float from 0 to 100.

        Returns:
            float; NaN where there was no answer.
        """
        if not len(self.latencies):
            return float("nan")
        return float(np.percentile(self.latencies, percent))


def load_step(askers, rate, seconds):
    """Asks at a rate, whether answers come or not (an open loop).

    Args:
        askers: list of callables. Each asks one question, of the number that
            it is given, and returns when it is answered, or raises
            `InputError`. Each has a thread; as many questions can be under
            way, later ones are late.
        rate: float. Questions a second, evenly spaced.
        seconds: float. For how long. What could not be asked when as much time
            has passed again is not asked, and counts as an error.

    Returns:
        `LoadStep`.
    """
    start = time.monotonic() + _HEAD_START
    count = max(1, round(rate * seconds))
    schedule = ((number, start + number / rate) for number in range(count))
    return _run(askers, schedule, start, start + 2 * seconds)


def full_load_step(askers, seconds):
    """Asks as fast as answers come (a closed loop).

    Args:
        askers: as of `load_step`; each asks again when it was answered.
        seconds: float. For how long.

    Returns:
        `LoadStep`. Its latencies are those of a server that is never idle.
    """
    start = time.monotonic()
    numbers = itertools.takewhile(
        lambda _: time.monotonic() < start + seconds, itertools.count()
    )
    schedule = ((number, time.monotonic()) for number in numbers)
    return _run(askers, schedule, start, start + 2 * seconds)


def _run(askers, schedule, start, end):
    latencies, kinds = [], []
    lock, stopped = threading.Lock(), threading.Event()

    def work(ask):
        while True:
            with lock:  # a generator serves one thread at a time
                number, due = next(schedule, (None, None))
            if number is None:
                return
            if stopped.wait(max(0, due - time.monotonic())):
                return
            if time.monotonic() > end:
                kinds.append(_TOO_LATE)
                continue
            try:
                ask(number)
            except InputError as error:
                kinds.append(getattr(error, "kind", "wrong answer"))
            else:
                latencies.append(time.monotonic() - due)

    with futures.ThreadPoolExecutor(len(askers)) as executor:
        try:
            for _ in executor.map(work, askers):
                pass
        except BaseException:  # Ctrl-C too: leaving waits for all threads
            stopped.set()
            raise
    seconds = time.monotonic() - start
    return LoadStep(
        np.sort(latencies), dict(collections.Counter(kinds)), seconds
    )
