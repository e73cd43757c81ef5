"""What a step of a build found, in a file, for a build that goes on later."""

import io
import json
import uuid

import google_crc32c
import numpy as np

from mtc_tf.data.waiting_file import WaitingFile

SUFFIX = ".kept"
_CHECKSUM_BYTES = 4


def keep_arrays(path, arrays, about):
    """Writes a file that is there as a whole, or not at all.

    Args:
        path: `pathlib.Path` or `epath.Path` of the file.
        arrays: dict of str to array, of numbers.
        about: what `json` can write.

    Raises:
        InputError: if it cannot be written.
    """
    file = io.BytesIO()
    np.save(file, np.array(json.dumps([about, list(arrays)])))
    for array in arrays.values():
        np.save(file, array)
    content = file.getvalue()
    unnamed = path.with_suffix(f".{uuid.uuid4().hex}")
    with WaitingFile(unnamed, "build") as file:
        file.add(_checksum(content) + content)
    unnamed.replace(path)


def kept_arrays(path):
    """Reads such a file.

    Args:
        path: `pathlib.Path` or `epath.Path` of the file.

    Returns:
        tuple `(arrays, about)` as they were kept; None if there is no such
        file, or a machine stopped before all of it was on the disk.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    checksum, content = content[:_CHECKSUM_BYTES], content[_CHECKSUM_BYTES:]
    if not content or checksum != _checksum(content):
        return None
    file = io.BytesIO(content)
    about, names = json.loads(str(np.load(file)))
    return {name: np.load(file) for name in names}, about


def _checksum(content):
    return google_crc32c.value(content).to_bytes(_CHECKSUM_BYTES, "little")
