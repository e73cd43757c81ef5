"""What a worker of a cluster does: one call of a function.

The function and its arguments are in a file `N.call`, in a folder that all
machines see, and what came of it goes to `N.result`, beside it. While a worker
is at it there is a file `N.….beat`.
"""

import contextlib
import os
import pickle
import socket
import threading
import uuid

from etils import epath

from mtc_tf.errors import InputError

CALL, RESULT, BEAT = ".call", ".result", ".beat"
_BEAT_SECONDS = 5


def answer_call(name):
    """Calls a function with its arguments: what a worker does.

    Args:
        name: str. Path of the file that holds both.
    """
    call = epath.Path(name)
    if result_of(call).exists():
        return
    with _beating(call):
        function, arguments = pickle.loads(call.read_bytes())
        try:
            answer = function(*arguments), None
        # Others may be gone when the runner tries again.
        except InputError as error:
            answer = None, error
        unnamed = call.with_suffix(f".{uuid.uuid4().hex}")
        unnamed.write_bytes(pickle.dumps(answer))
        unnamed.replace(result_of(call))


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


def result_of(call):
    """Returns where the result of a call is, or will be.

    Args:
        call: `epath.Path` of the call.
    """
    return call.with_suffix(RESULT)
