"""What all who write Parquet share."""

from mtc_tf.extras import missing


def require_pyarrow(what):
    """Imports PyArrow, which a twentieth of a second goes into.

    Args:
        what: str. What needs it, for the message.

    Returns:
        tuple of the modules `pyarrow` and `pyarrow.parquet`.

    Raises:
        InputError: if it is not installed.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise missing(what, "PyArrow", "parquet") from error
    return pyarrow, parquet
