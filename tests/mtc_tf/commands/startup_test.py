import os
import signal
import subprocess
import sys

import pytest

from mtc_tf.commands import startup
from mtc_tf.errors import InputError

# The interrupt comes where a library swallows exceptions, and where standard
# error leads nowhere.
_END = """
import signal
from mtc_tf.commands import startup
from mtc_tf.native_notes import silent_stderr

startup.end_on_interrupt("program: interrupted")
with silent_stderr():
    try:
        signal.raise_signal(signal.SIGINT)
    except BaseException:
        pass
print("went on")
"""


def test_interrupt_ends_the_process_with_one_line():
    process = subprocess.run(
        [sys.executable, "-c", _END],
        capture_output=True,
        text=True,
        # A test run in the background hands an ignored SIGINT down.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.returncode == 130
    assert process.stderr == "program: interrupted\n"
    assert process.stdout == ""


@pytest.mark.parametrize("chosen", [None, "ACTIVE"])
def test_waiting_threads_sleep_unless_told_otherwise(chosen):
    # OpenMP reads it when scikit-learn is imported.
    code = (
        "import os, sys; from mtc_tf.cli import main; main(['compare', '.']); "
        "assert 'sklearn' not in sys.modules; "
        "print(os.environ['OMP_WAIT_POLICY'])"
    )
    environment = {**os.environ, "OMP_WAIT_POLICY": chosen or ""}
    if not chosen:
        del environment["OMP_WAIT_POLICY"]
    process = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert process.stdout == f"{chosen or 'PASSIVE'}\n"


@pytest.fixture
def handler():
    """Sets the handler of SIGINT, for this test alone."""
    before = signal.getsignal(signal.SIGINT)
    yield lambda handler: signal.signal(signal.SIGINT, handler)
    signal.signal(signal.SIGINT, before)


def test_ignored_interrupt_stays_ignored(handler):
    handler(signal.SIG_IGN)
    startup.end_on_interrupt("program: interrupted")
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_interrupt_waits_for_the_end_of_an_import(handler):
    handler(signal.default_int_handler)
    done = []
    with pytest.raises(KeyboardInterrupt):
        with startup._interrupts_later():
            signal.raise_signal(signal.SIGINT)
            done.append("import")
    assert done == ["import"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_program_that_ends_on_interrupts_does_not_wait(handler):
    seen = []
    handler(lambda number, frame: seen.append(number))
    with startup._interrupts_later():
        signal.raise_signal(signal.SIGINT)
        assert seen == [signal.SIGINT]


_BACKEND = """
from mtc_tf.commands import startup
startup.import_tensorflow()
import keras
print(keras.backend.backend())
"""


@pytest.mark.slow
def test_keras_computes_with_tensorflow_whatever_its_setting():
    process = subprocess.run(
        [sys.executable, "-c", _BACKEND],
        env={**os.environ, "KERAS_BACKEND": "numpy"},
        capture_output=True,
        text=True,
    )
    assert process.stdout == "tensorflow\n", process.stderr


def test_damaged_file_is_told_in_one_line():
    import tensorflow as tf

    error = tf.errors.DataLossError(
        None, None, "{{node}} corrupted record at 9 [Op]\n"
    )
    told = startup.damaged_file(error)
    assert isinstance(told, InputError)
    assert str(told) == "a file is damaged: corrupted record at 9"
    assert startup.damaged_file(ValueError("9")) is None
