"""Starts what learns: scikit-learn's threads, TensorFlow, or JAX."""

import contextlib
import os
import re
import signal
import sys

from mtc_tf.commands import memory
from mtc_tf.errors import InputError
from mtc_tf.errors import first_line
from mtc_tf.extras import missing
from mtc_tf.native_notes import silent_stderr

# What TensorFlow says of a TFRecord file.
_DAMAGE = re.compile(r"(corrupted|truncated) record at \d+")


def let_waiting_threads_sleep():
    """Has the threads of scikit-learn's boosted trees sleep while they wait.

    By default they spin, and where another process has the core that the last
    of them needs, they spin for long: 30 models of 13 classes on two busy cores
    took 31 s of processor time, and asleep 3.5 s. OpenMP reads this once, when
    scikit-learn is imported.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def import_tensorflow():
    """Imports TensorFlow and keeps its notes off the terminal.

    TensorFlow's libraries write to file descriptor 2 while they load, before
    any setting of theirs is read ("Could not find cuda drivers …"). An error
    in the import still comes out: it is an exception, not a note.

    Memory that TensorFlow frees stays in the process, which saves a third of
    the processor time of a prediction and more of a training step.

    An interrupt waits until the import is done: in its midst the libraries
    swallow `KeyboardInterrupt`, or make another error of it.
    """
    memory.keep_freed_memory()
    _choose_backend("tensorflow")
    # 3: its complaints that there is no GPU count as errors. What really goes
    # wrong comes as an exception.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _interrupts_later(), silent_stderr():
        import tensorflow  # noqa: F401
    # It comes with TensorFlow. TFDS tells through it each file that it reads.
    from absl import logging

    logging.set_verbosity(logging.WARNING)


def import_jax(policy, multiplication):
    """Imports JAX, as what Keras computes with.

    Args:
        policy: str. Name of Keras's dtype policy.
        multiplication: str. How JAX multiplies matrices of float32, a name of
            `jax.default_matmul_precision`.

    Raises:
        InputError: if JAX is not installed.
    """
    _choose_backend("jax")
    try:
        import jax
    except ModuleNotFoundError as error:
        raise missing("--backend=jax", "JAX", "jax") from error
    import keras

    jax.config.update("jax_default_matmul_precision", multiplication)
    keras.config.set_dtype_policy(policy)


def _choose_backend(name):
    """Tells Keras, which reads it when it is imported."""
    os.environ["KERAS_BACKEND"] = name


def damaged_file(error):
    """Returns the `InputError` of a damaged file that TensorFlow has found.

    Args:
        error: exception.

    Returns:
        `InputError`, or None if it is of another kind.
    """
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow and isinstance(error, tensorflow.errors.DataLossError):
        # Around it stand names of operations.
        where = _DAMAGE.search(str(error))
        told = where.group() if where else first_line(error)
        return InputError(f"a file is damaged: {told}")
    return None


def end_on_interrupt(message):
    """From here on an interrupt ends this process, with one line and code 130.

    For a program that leaves nothing half done: it ends at once and nothing is
    cleaned up. `KeyboardInterrupt` would be lost, or come out as another
    error, where TensorFlow calls Python, such as while it traces a model.

    Args:
        message: str. The line, for standard error.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        return  # started in the background, where ^C is not for it
    line = f"{message}\n".encode()
    # While TensorFlow loads, descriptor 2 leads nowhere.
    stderr = os.dup(2)

    def end(number, frame):
        os.write(stderr, line)
        os._exit(130)

    signal.signal(signal.SIGINT, end)


@contextlib.contextmanager
def _interrupts_later():
    """Keeps back what would raise `KeyboardInterrupt` in a `with` statement."""
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    seen = []
    signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if seen:
        signal.raise_signal(signal.SIGINT)
