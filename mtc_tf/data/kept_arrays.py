"""What a step of a build found, in a file, for a later step or another build.

First the length of a header and the header, in JSON; then the arrays one after
the other, each from a whole word on; at last a checksum (CRC-32C) of all that.
"""

import json
import uuid

import google_crc32c
import numpy as np

from mtc_tf.data.waiting_file import WaitingFile
from mtc_tf.errors import InputError

SUFFIX = ".kept"
_CHECKSUM_BYTES = 4
_WORD_BYTES = 8
# So much is checked at once.
_CHUNK = 1 << 20


def keep_arrays(path, arrays, about):
    """Writes a file that is there as a whole, or not at all.

    Args:
        path: `pathlib.Path` or `epath.Path` of the file.
        arrays: dict of str to array of one dimension, of numbers.
        about: what `json` can write.

    Raises:
        InputError: if it cannot be written.
    """
    kinds = [
        (name, np.lib.format.dtype_to_descr(array.dtype), len(array))
        for name, array in arrays.items()
    ]
    header = json.dumps([about, kinds]).encode()
    header += bytes(-len(header) % _WORD_BYTES)
    unnamed = path.with_suffix(f".{uuid.uuid4().hex}")
    with WaitingFile(unnamed, "build") as file:
        file.add(len(header).to_bytes(_WORD_BYTES, "little"))
        file.add(header)
        for array in arrays.values():
            file.add(array.tobytes() + bytes(-array.nbytes % _WORD_BYTES))
        _, checksum = file.seal
        file.add(checksum.to_bytes(_CHECKSUM_BYTES, "little"))
    unnamed.replace(path)


def kept_arrays(path):
    """Reads such a file.

    Args:
        path: `pathlib.Path` or `epath.Path` of the file.

    Returns:
        tuple `(arrays, about)` as they were kept, the arrays read-only; None if
        there is no such file, or a machine stopped before all of it was on the
        disk.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    end = len(content) - _CHECKSUM_BYTES
    if end <= 0 or content[end:] != _checksum(content, end):
        return None
    begin = _WORD_BYTES + int.from_bytes(content[:_WORD_BYTES], "little")
    about, kinds = json.loads(content[_WORD_BYTES:begin].rstrip(b"\0"))
    arrays = {}
    for name, kind, length in kinds:
        arrays[name] = np.frombuffer(content, _dtype(kind), length, begin)
        begin += arrays[name].nbytes + -arrays[name].nbytes % _WORD_BYTES
    return arrays, about


def needed_arrays(path):
    """Reads such a file, of the same build.

    Args:
        path: as of `kept_arrays`.

    Returns:
        tuple `(arrays, about)`, as of `kept_arrays`.

    Raises:
        InputError: if there is none.
    """
    kept = kept_arrays(path)
    if kept is None:
        raise InputError(f"{path} is missing or damaged; begin the build again")
    return kept


def _dtype(kind):
    # JSON has no tuples.
    return np.dtype(kind if isinstance(kind, str) else list(map(tuple, kind)))


def _checksum(content, end):
    checksum = 0
    for begin in range(0, end, _CHUNK):
        # No copy of all of it.
        chunk = content[begin : min(begin + _CHUNK, end)]
        checksum = google_crc32c.extend(checksum, chunk)
    return checksum.to_bytes(_CHECKSUM_BYTES, "little")
