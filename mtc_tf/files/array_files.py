"""Arrays of any origin, checked before memory is given to them."""

import io
import math
import zipfile

import numpy as np

from mtc_tf.errors import InputError
from mtc_tf.errors import first_line
from mtc_tf.files.json_files import read_bytes

# What a model is tried on has 64 rows.
MOST_ROWS = 4096
LIMIT_BYTES = 16 * 2**20
# What NumPy writes.
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def read_rows(path, name, dtype, row_shape, most_rows=MOST_ROWS):
    """Reads rows of one kind out of an `.npz` file.

    Args:
        path: `pathlib.Path`.
        name: str. Name of the array.
        dtype: str. The type that it should have.
        row_shape: tuple of int. The shape that a row should have.
        most_rows: int. The most rows that there may be.

    Returns:
        array `(rows, *row_shape)` of at least one row, all values finite.

    Raises:
        InputError: if the file is missing or damaged, or holds something
            else.
    """
    try:
        content = read_bytes(path, LIMIT_BYTES)
    except FileNotFoundError:
        raise InputError(f"{path} is missing") from None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            member = archive.getinfo(f"{name}.npy")
            _check_member(path, member)
            with archive.open(member) as file:
                shape, _, received = _read_header(file)
                size = member.file_size - file.tell()
            _check_rows(path, shape, received, size, dtype, row_shape)
            if shape[0] > most_rows:
                raise InputError(
                    f"{path}: expected at most {most_rows} rows, received "
                    f"{shape[0]}"
                )
            with archive.open(member) as file:
                rows = np.lib.format.read_array(file, allow_pickle=False)
    except InputError:
        raise
    except Exception as error:  # damaged files end in errors of many kinds
        raise InputError(
            f"{path} cannot be read: {first_line(error)}"
        ) from error
    if not np.isfinite(rows).all():
        raise InputError(f"{path}: expected numbers, received NaN or infinity")
    return rows


def _check_member(path, member):
    """Refuses what would unpack to more than fits."""
    if (
        member.compress_type not in _COMPRESSIONS
        or member.file_size > LIMIT_BYTES
    ):
        raise InputError(
            f"{path} cannot be read: expected at most {LIMIT_BYTES} bytes, "
            f"stored or deflated, received {member.file_size}"
        )


def _read_header(file):
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(file)
    return np.lib.format.read_array_header_2_0(file)


def _check_rows(path, shape, received, size, dtype, row_shape):
    """Compares what a header claims with what is expected, and with the file.

    NumPy makes room for what the header claims before it reads.
    """
    if received != np.dtype(dtype) or shape[1:] != row_shape:
        wanted = ", ".join(map(str, ("rows", *row_shape)))
        raise InputError(
            f"{path}: expected {dtype} ({wanted}), received {received} {shape}"
        )
    if not shape[0]:
        raise InputError(f"{path}: the sample holds no rows")
    if size != math.prod(shape) * received.itemsize:
        raise InputError(
            f"{path} is damaged: expected {shape[0]} rows, received {size} "
            "bytes"
        )
