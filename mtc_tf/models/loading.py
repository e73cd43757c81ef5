"""Loads models from their files."""

import keras

from mtc_tf.errors import InputError
from mtc_tf.errors import first_line

# Registers the classes that a file may name.
from mtc_tf.models import all_models


class _MultitaskCNN:
    """What versions before 0.2.0 had a class of its own for."""

    @staticmethod
    def from_config(config):
        return all_models.DeepPacketCNN(**config, batch_norm=True)


_EARLIER_CLASSES = {"mtc_tf>MultitaskCNN": _MultitaskCNN}


def load_model(path, *, compile):
    """Loads a model of this package.

    Args:
        path: `pathlib.Path` of a `.keras` file.
        compile: bool. Whether to restore optimizer and losses too.

    Returns:
        `keras.Model`.

    Raises:
        InputError: if the file is missing, damaged, or of a version whose
            model has other layers.
    """
    try:
        return keras.saving.load_model(
            path, custom_objects=_EARLIER_CLASSES, compile=compile
        )
    except Exception as error:  # damaged files end in errors of many kinds
        raise InputError(
            f"{path} cannot be loaded, being damaged or of another version of "
            f"mtc_tf: {first_line(error)}"
        ) from error
