"""The folder of a build that is not finished."""

import contextlib
import fcntl
import os
import sys

from etils import epath

from mtc_tf.data.kept_arrays import SUFFIX
from mtc_tf.errors import InputError
from mtc_tf.printable import printable


@contextlib.contextmanager
def unfinished_folder(folder):
    """Gives a build its folder, with what an earlier one left in it.

    The folder goes with the `with` statement. Where that ends by an error or
    an interrupt it stays, if something is in it that need not be done again.

    Args:
        folder: `pathlib.Path` or `epath.Path`, which may be there.

    Raises:
        InputError: if another build is at work in it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        if _is_begun(folder):
            _say(f"going on from what an earlier build left in {folder}")
        try:
            yield
        except BaseException:
            if _is_begun(folder):
                _say(f"the same command goes on from here: {folder}")
            else:
                _remove(folder)
            raise
        _remove(folder)


@contextlib.contextmanager
def _locked(folder):
    """Keeps other builds out; a lock ends with its process."""
    if not os.path.isdir(folder):
        # In a bucket, where there are no locks.
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        # Of some file systems that machines share nobody gets a lock.
        with contextlib.suppress(OSError):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise InputError(
                    f"another build is at work in {folder}; wait for its end"
                ) from error
        yield
    finally:
        os.close(descriptor)


def _is_begun(folder):
    return any(folder.glob(f"*/*{SUFFIX}"))


def _say(text):
    print(printable(text), file=sys.stderr)


def _remove(folder):
    # A worker that was given up may still be writing there.
    with contextlib.suppress(OSError):
        epath.Path(folder).rmtree()
