"""What ends a training that has gone astray."""

import math

import keras

from mtc_tf.errors import InputError

TOTALS = ("loss ", "val_loss ")


class FiniteFigures(keras.callbacks.Callback):
    """Ends the training with the first epoch whose figures are not finite.

    It stands before the callbacks that write: the run stays as it was behind
    the epoch before, and can be evaluated and exported.
    """

    def on_epoch_end(self, epoch, logs=None):
        astray = [
            f"{name} {float(value)}"
            for name, value in logs.items()
            if not math.isfinite(value)
        ]
        # A total that is astray says it all; its parts would fill the screen.
        totals = [text for text in astray if text.startswith(TOTALS)]
        if astray:
            which = ", ".join(totals or astray)
            kept = f"epoch {epoch} is kept" if epoch else "no epoch is kept"
            raise InputError(
                f"epoch {epoch + 1} is not finite ({which}); {kept}, and "
                "the same command would come to the same end: "
                "give a smaller --learning_rate and a new --workdir"
            )
