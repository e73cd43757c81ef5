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


def bytes_column(pyarrow, kind, pieces):
    """Makes a column of bytes.

    Args:
        pyarrow: the module.
        kind: `pyarrow.DataType`, binary or string.
        pieces: list of bytes or memoryviews, below 2 GiB in sum.

    Returns:
        `pyarrow.Array`.
    """
    offsets = np.zeros(len(pieces) + 1, np.int32)
    np.cumsum(list(map(len, pieces)), out=offsets[1:])
    buffers = [
        None,
        pyarrow.py_buffer(offsets),
        pyarrow.py_buffer(b"".join(pieces)),
    ]
    return pyarrow.Array.from_buffers(kind, len(pieces), buffers)


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
    return pyarrow.DictionaryArray.from_arrays(
        number_column(pyarrow, pyarrow.int32(), codes),
        bytes_column(pyarrow, pyarrow.string(), content),
    )
