"""What a worker of a cluster does: one call, as of `file_calls`.

While it is at it there is a file `STEP-N.….beat`, and `STEP-N.failed` if the
function has raised what is no error of the input.
"""

import contextlib
import os
import socket
import threading
import uuid

from etils import epath

from mtc_tf.data.file_calls import answer_call
from mtc_tf.data.file_calls import result_of

BEAT, FAILED = ".beat", ".failed"
_BEAT_SECONDS = 5


def answer_beating(name, before=()):
    """Does a call, and says now and then that it is at work.

    Args:
        name: str. Path of the call.
        before: iterable, the calls that had to be done before. Their results
            lie in files.

    Returns:
        str. The name.
    """
    call = epath.Path(name)
    if not result_of(call).exists():
        try:
            with _beating(call):
                answer_call(name)
        except Exception:
            # Tells such an end from that of a worker that is gone.
            call.with_suffix(FAILED).touch()
            raise
    return name


@contextlib.contextmanager
def _beating(call):
    """Writes now and then which process is at work, and that it still is."""
    path = call.with_suffix(f".{uuid.uuid4().hex}{BEAT}")
    is_done = threading.Event()

    def beat():
        number = 0
        while True:
            path.write_text(f"{socket.gethostname()} {os.getpid()} {number}")
            number += 1
            if is_done.wait(_BEAT_SECONDS):
                break
        path.unlink(missing_ok=True)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_done.set()
        thread.join()
