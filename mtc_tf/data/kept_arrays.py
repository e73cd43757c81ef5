"""What a step of a build found, in a file, for a build that goes on later."""

import io
import json
import uuid
import zipfile

import numpy as np

from mtc_tf.data.waiting_file import WaitingFile

_ABOUT = "about"
SUFFIX = ".npz"


def keep_arrays(path, arrays, about):
    """Writes a file that is there as a whole, or not at all.

    Args:
        path: `pathlib.Path` or `epath.Path` of the file.
        arrays: dict of str to array, of numbers.
        about: what `json` can write.

    Raises:
        InputError: if it cannot be written.
    """
    content = io.BytesIO()
    np.savez(content, **arrays, **{_ABOUT: np.array(json.dumps(about))})
    unnamed = path.with_suffix(f".{uuid.uuid4().hex}")
    with WaitingFile(unnamed, "build") as file:
        file.add(content.getvalue())
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
        with path.open("rb") as file, np.load(file) as stored:
            arrays = dict(stored)
    except (FileNotFoundError, EOFError, ValueError, zipfile.BadZipFile):
        return None
    about = json.loads(str(arrays.pop(_ABOUT)))
    return arrays, about
