"""What happens around the epochs, on every backend."""

import sys

import keras

from mtc_tf.runs import run_directory
from mtc_tf.training.checkpoint import Checkpoint
from mtc_tf.training.finite_figures import FiniteFigures


def make_callbacks(protocol, progress, epochs):
    """Makes the callbacks of a training, in their order.

    Args:
        protocol: `Protocol`.
        progress: `Progress` of the run.
        epochs: int. Epochs there will be.

    Returns:
        list of `keras.callbacks.Callback`.
    """
    watched = {
        "monitor": f"val_{protocol.monitor}",
        "mode": "max" if protocol.best_is_highest else "min",
    }
    watchers = [
        keras.callbacks.EarlyStopping(
            patience=protocol.stopping_patience, **watched
        )
    ]
    if protocol.schedule == "plateau":
        watchers.append(
            keras.callbacks.ReduceLROnPlateau(
                factor=protocol.plateau_factor,
                patience=protocol.plateau_patience,
                **watched,
            )
        )
    writers = []
    if protocol.ema:
        # What is validated is what is kept.
        writers.append(keras.callbacks.SwapEMAWeights())
    # TensorBoard's files are TensorFlow's.
    if progress.writes and keras.backend.backend() == "tensorflow":
        writers.append(
            keras.callbacks.TensorBoard(
                progress.workdir / run_directory.TENSORBOARD_FOLDER,
                write_graph=False,
            )
        )
    return [
        # First: of an epoch that is not finite nothing is written.
        FiniteFigures(),
        *watchers,
        *writers,
        # Last: it records what the others decided.
        Checkpoint(progress, protocol, watchers, epochs),
    ]


def verbosity(progress):
    """Returns what Keras calls `verbose`.

    A progress bar on a terminal, a line an epoch elsewhere, nothing from a
    worker that does not write the run.
    """
    if not progress.writes:
        return 0
    return 1 if sys.stdout.isatty() else 2
