"""What only some uses of the package need, and may not be installed."""

import importlib.util

from mtc_tf.errors import InputError


def has_tensorflow():
    """Whether TensorFlow is installed; does not import it."""
    return importlib.util.find_spec("tensorflow") is not None


def require_tensorflow(what):
    """Refuses what cannot be done without TensorFlow.

    Args:
        what: str. What needs it, for the message.

    Raises:
        InputError: if it is not installed.
    """
    if not has_tensorflow():
        raise missing(what, "TensorFlow", "train")


def missing(what, library, extra):
    """Makes the error of a library that is not installed.

    Args:
        what: str. What needs it.
        library: str. Its name.
        extra: str. The extra of this package that holds it.

    Returns:
        `InputError`.
    """
    return InputError(
        f"{what} needs {library}, which is not installed; "
        f"`pip install 'mtc-tf[{extra}]'` brings it"
    )
