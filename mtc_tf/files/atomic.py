"""Files and folders that appear under their names whole, or not at all."""

import contextlib
import fcntl
import os
import pathlib
import re
import shutil
import tempfile

from mtc_tf.errors import InputError
from mtc_tf.errors import first_line

_SUFFIX = ".partial"


@contextlib.contextmanager
def replacing(path):
    """Gives a temporary path whose content replaces `path` on success.

    A reader sees what was there before or all of what is new; after a failure
    nothing new is left behind. What is written waits in a hidden folder beside
    `path`, `.NAME.RANDOM.partial`, which its writer keeps locked. The lock goes
    with the process: where it can be taken, the writer was killed, and the next
    one that writes `path` takes the folder away.

    Args:
        path: str or path. The file or folder to write.

    Yields:
        `pathlib.Path` with the name of `path`, at which to make a file or a
        folder. What else is made beside it is removed.

    Raises:
        InputError: if it cannot be written.
    """
    path = pathlib.Path(path)
    with contextlib.ExitStack() as stack:
        with _naming(path):
            _remove_leftovers(path)
            folder = stack.enter_context(_locked_folder(path))
        with _naming(path, folder):
            yield folder / path.name
            os.replace(folder / path.name, path)


@contextlib.contextmanager
def _naming(path, folder=None):
    """Tells what could not be written; the system often does not.

    What it says of a file outside `folder`, where one is given, stays: it
    comes from a source of what is written.
    """
    try:
        yield
    except OSError as error:
        names = (error.filename, error.filename2)
        if folder and any(names) and not any(_is_in(folder, x) for x in names):
            raise
        raise InputError(
            f"{path} cannot be written: {error.strerror or first_line(error)}"
        ) from error


def _is_in(folder, name):
    return isinstance(name, (str, os.PathLike)) and (
        folder in (pathlib.Path(name), *pathlib.Path(name).parents)
    )


@contextlib.contextmanager
def _locked_folder(path):
    """Makes a folder for the writing of `path`, and removes it in the end."""
    while True:
        folder = pathlib.Path(
            tempfile.mkdtemp(
                prefix=f".{path.name}.", suffix=_SUFFIX, dir=path.parent
            )
        )
        # Waits for a process that has taken it for a leftover.
        descriptor = _lock(folder, fcntl.LOCK_EX)
        if folder.exists():
            break
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if descriptor is not None:
            os.close(descriptor)


def _remove_leftovers(path):
    """Removes what killed writers of `path` have left behind."""
    # What mkdtemp draws holds no dot.
    name = re.compile(
        rf"\.{re.escape(path.name)}\.[^.]+{re.escape(_SUFFIX)}", re.DOTALL
    )
    for entry in os.listdir(path.parent):
        if not name.fullmatch(entry):
            continue
        folder = path.parent / entry
        descriptor = _lock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if descriptor is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(descriptor)


def _lock(folder, operation):
    """Locks a folder.

    Returns its descriptor, or None: if it is gone, if another process has the
    lock, or where the file system knows no locks and nobody can have it.
    """
    try:
        descriptor = os.open(
            folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
        )
    except OSError:  # gone, no folder, or of another user
        return None
    try:
        fcntl.flock(descriptor, operation)
        # It may have been removed before the lock was had.
        is_locked = folder.exists()
    except OSError:
        is_locked = False
    if is_locked:
        return descriptor
    os.close(descriptor)
    return None
