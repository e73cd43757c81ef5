import math
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from mtc_tf.errors import InputError
from mtc_tf.inference.remote.load_step import LoadStep
from mtc_tf.inference.remote.load_step import full_load_step
from mtc_tf.inference.remote.load_step import load_step
from mtc_tf.inference.remote.remote_error import RemoteError


def test_latencies_of_a_step():
    step = LoadStep(np.arange(101) / 100, {}, seconds=4)
    assert step.latency(50) == pytest.approx(0.5)
    assert step.latency(99) == pytest.approx(0.99)
    assert step.answers_per_second == 101 / 4
    assert math.isnan(LoadStep(np.array([]), {}, 1).latency(50))


def test_every_question_is_asked_once_when_it_is_due():
    asked = {}
    start = time.monotonic()

    def ask(number):
        asked[number] = time.monotonic() - start

    step = load_step([ask] * 4, rate=100, seconds=0.3)
    assert sorted(asked) == list(range(30))
    for number, at in asked.items():
        assert at >= number / 100
    assert len(step.latencies) == 30
    assert step.errors == {}
    assert step.latency(50) < 0.1


def test_latency_counts_from_when_a_question_was_due():
    # One connection, which the first question holds while ten more come due.
    step = load_step(
        [lambda number: time.sleep(0.11 * (number == 0))], rate=100, seconds=0.3
    )
    assert len(step.latencies) == 30
    assert (step.latencies[-6:] >= 0.05).all()


def test_errors_are_counted_by_kind():
    def ask(number):
        if number % 4 == 0:
            raise RemoteError("…", "status 503")
        if number % 4 == 1:
            raise InputError("…")

    step = load_step([ask], rate=1000, seconds=0.04)
    assert step.errors == {"status 503": 10, "wrong answer": 10}
    assert len(step.latencies) == 20


def test_server_that_hangs_does_not_hold_the_step_up():
    step = load_step([lambda _: time.sleep(0.25)], rate=1000, seconds=0.1)
    assert step.errors == {"no connection was free": 99}
    assert step.seconds < 1


def test_full_load_keeps_every_connection_busy():
    under_way, most = set(), []
    lock = threading.Lock()

    def ask(number):
        with lock:
            under_way.add(number)
            most.append(len(under_way))
        time.sleep(0.01)
        with lock:
            under_way.remove(number)

    step = full_load_step([ask] * 3, seconds=0.2)
    assert max(most) == 3
    assert step.errors == {}
    assert step.seconds < 1
    assert 3 < len(step.latencies) <= 3 * 21


@pytest.mark.parametrize("step", ["full_load_step(", "load_step(rate=1, "])
def test_interruption_ends_a_step(step):
    # A signal to this process would be one to the runner of tests, too.
    code = (
        "import threading, time\n"
        "from mtc_tf.inference.remote.load_step import *\n"
        "begun = threading.Timer(0.1, print, ['begun'], {'flush': True})\n"
        "begun.start()\n"
        f"{step}askers=[lambda _: time.sleep(0.01)] * 2, seconds=60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A test run in the background hands an ignored SIGINT down.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert errors.endswith("KeyboardInterrupt\n")
