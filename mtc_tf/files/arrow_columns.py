"""Columns of PyArrow made of buffers.

`pyarrow.array` would import pandas, and `take` all of `pyarrow.compute`, which
takes longer than many captures do.
"""

import numpy as np


def number_column(pyarrow, kind, values, is_valid=None):
    """Makes a column of numbers.

    Args:
        pyarrow: the module.
        kind: `pyarrow.DataType`, as wide as the values.
        values: array of shape `(rows,)`.
        is_valid: bool array, or None if all are.

    Returns:
        `pyarrow.Array`.
    """
    valid = None
    if is_valid is not None:
        valid = pyarrow.py_buffer(np.packbits(is_valid, bitorder="little"))
    content = pyarrow.py_buffer(np.ascontiguousarray(values))
    return pyarrow.Array.from_buffers(kind, len(values), [valid, content])


def bytes_column(pyarrow, kind, content, places):
    """Makes a column of bytes.

    Args:
        pyarrow: the module.
        kind: `pyarrow.DataType`, binary or string.
        content: bytes or uint8 array of all rows, one behind the other.
        places: int array of shape `(rows + 1,)`, below 2**31. Where each row
            begins and the last one ends.

    Returns:
        `pyarrow.Array`.
    """
    offsets = pyarrow.py_buffer(places.astype(np.int32))
    buffers = [None, offsets, pyarrow.py_buffer(content)]
    return pyarrow.Array.from_buffers(kind, len(places) - 1, buffers)


def text_column(pyarrow, codes, texts):
    """Makes a column of texts that come again and again.

    Args:
        pyarrow: the module.
        codes: int32 array of shape `(rows,)`. Positions in `texts`.
        texts: list of str.

    Returns:
        `pyarrow.DictionaryArray`.
    """
    content = [text.encode() for text in texts]
    places = np.cumsum([0, *map(len, content)])
    return pyarrow.DictionaryArray.from_arrays(
        number_column(pyarrow, pyarrow.int32(), codes),
        bytes_column(pyarrow, pyarrow.string(), b"".join(content), places),
    )
