"""A time limit for a whole conversation over a socket."""

import contextlib
import http.client
import socket
import threading
import time

_LATE = "no whole answer in time"


@contextlib.contextmanager
def deadline(connected, end):
    """Ends a conversation that goes on too long, in a `with` statement.

    The time limit of a socket starts again with each byte that comes.

    Args:
        connected: `socket.socket`.
        end: float, as of `time.monotonic`.

    Raises:
        TimeoutError: when the time is over.
    """
    seconds = end - time.monotonic()
    if seconds <= 0:
        raise TimeoutError(_LATE)
    is_over = threading.Event()

    def break_off():
        is_over.set()
        # The other side may have gone.
        with contextlib.suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, break_off)
    timer.start()
    try:
        # That of the first conversation may have been shorter. The timer, which
        # ends the whole, is to be first.
        connected.settimeout(seconds + 1)
        yield
    except (OSError, http.client.HTTPException):
        if not is_over.is_set():
            raise
    finally:
        timer.cancel()
    if is_over.is_set():
        raise TimeoutError(_LATE)
