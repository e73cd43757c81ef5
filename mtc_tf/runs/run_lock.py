"""Keeps two trainings out of one run directory."""

import contextlib
import fcntl

from mtc_tf.errors import InputError

LOCK_FILE = ".lock"


@contextlib.contextmanager
def locked(workdir):
    """Holds the lock of a run directory, in a `with` statement.

    The system takes it back when the process ends, however that comes about.
    The file stays: to remove it would let two processes lock two files of that
    name. Reading a run needs no lock.

    Args:
        workdir: `pathlib.Path` of the run directory, which exists.

    Raises:
        InputError: if another process holds it, or the file system knows no
            locks.
    """
    path = workdir / LOCK_FILE
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(
                f"another training is at work in {workdir}; wait for its end "
                "or give another --workdir"
            ) from error
        except OSError as error:
            raise InputError(
                f"{path} cannot be locked: {error.strerror}; give a --workdir "
                "on another file system"
            ) from error
        yield
