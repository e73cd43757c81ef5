"""Columns of any length as one `.npz` file, written in bounded memory."""

import contextlib
import shutil
import tempfile
import zipfile

import numpy as np

from mtc_tf.files.atomic import replacing

_COPY_BYTES = 1024 * 1024


def write_archive(chunks, output):
    """Writes columns that come chunk by chunk, for `numpy.load`.

    The header of a column tells its length, which is known only at the end:
    until then the columns wait in unnamed files beside the output, so that
    the disk needs twice the room. The output appears under its name when it
    is whole, or not at all.

    Args:
        chunks: iterable of dicts of name to array. All have the same names,
            types and shapes but for the first axis.
        output: `pathlib.Path`. A file of that name is replaced.

    Raises:
        InputError: the output cannot be written.
    """
    columns = {}
    with contextlib.ExitStack() as stack:
        temporary = stack.enter_context(replacing(output))
        for chunk in chunks:
            for name, array in chunk.items():
                if name not in columns:
                    file = tempfile.TemporaryFile(dir=temporary.parent)
                    columns[name] = _Column(stack.enter_context(file))
                columns[name].append(array)
        archive = stack.enter_context(zipfile.ZipFile(temporary, "x"))
        for name, column in columns.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                column.write_npy(file)


class _Column:
    """A column that grows in a file."""

    def __init__(self, file):
        self._file = file
        self._length = 0

    def append(self, array):
        self._file.write(np.ascontiguousarray(array).data)
        self._length += len(array)
        self._type = array.dtype
        self._row_shape = array.shape[1:]

    def write_npy(self, file):
        np.lib.format.write_array_header_1_0(
            file,
            {
                "descr": np.lib.format.dtype_to_descr(self._type),
                "fortran_order": False,
                "shape": (self._length, *self._row_shape),
            },
        )
        self._file.seek(0)
        shutil.copyfileobj(self._file, file, _COPY_BYTES)
