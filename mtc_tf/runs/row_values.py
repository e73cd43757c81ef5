"""Values that a model is asked about: of its shape, and of its type."""

import numpy as np

from mtc_tf.errors import InputError
from mtc_tf.errors import first_line


def checked_values(name, values, shape, dtype):
    """Makes an array of values for rows, and changes none of them silently.

    Args:
        name: str. What messages call the values.
        values: array, or nested lists.
        shape: tuple of int. That of one row.
        dtype: str, `uint8` or `float32`.

    Returns:
        array `(rows, *shape)` of `dtype`, of at least one row.

    Raises:
        InputError: if they are of another shape, no numbers, none of `dtype`
            (such as 300 or 0.5 of `uint8`), or not finite.
    """
    try:
        array = np.asarray(values)
    except (TypeError, ValueError) as error:  # rows of several lengths
        raise InputError(f"{name}: {first_line(error)}") from error
    if array.dtype.kind not in "fiu":
        raise InputError(f"{name}: expected numbers, received {array.dtype}")
    if array.shape[1:] != shape or not array.ndim or not len(array):
        expected = ", ".join(map(str, ("rows", *shape)))
        raise InputError(
            f"{name}: expected the shape ({expected}), at least one row, "
            f"received {array.shape}"
        )
    with np.errstate(over="ignore", invalid="ignore"):
        converted = array.astype(dtype, copy=False)
    is_same = converted == array if dtype == "uint8" else np.isfinite(converted)
    if not is_same.all():
        wrong = array[~is_same][0]
        raise InputError(f"{name}: a value is no {dtype}: received {wrong}")
    return converted
