"""Keeps what native libraries write to standard error off the terminal."""

import contextlib
import os
import sys


@contextlib.contextmanager
def silent_stderr():
    """Lets file descriptor 2 lead nowhere, in a `with` statement.

    For libraries that write their notes there and take no setting against it.
    What goes wrong comes as an exception all the same.
    """
    if sys.stderr is None:  # closed, and the descriptor with it
        yield
        return
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)
