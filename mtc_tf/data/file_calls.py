"""Calls of a function that go to other processes as files.

The function and its arguments are in a file `N.call`, in a folder that all
processes see, and what came of it goes to `N.result`, beside it. What else
passes between processes is the name of the file: a process that is killed while
it sends or receives more than that would leave the other one waiting.
"""

import contextlib
import pickle
import uuid

from etils import epath

from mtc_tf.errors import InputError

CALL, RESULT = ".call", ".result"


@contextlib.contextmanager
def file_calls(folder, function, arguments):
    """Writes calls into a folder of their own, which goes with the `with`.

    Args:
        folder: `pathlib.Path` or `epath.Path` of an existing folder.
        function: function of a module.
        arguments: list of tuples, those of each call.

    Yields:
        list of paths, a call each.
    """
    own = epath.Path(folder) / uuid.uuid4().hex
    own.mkdir()
    try:
        calls = [own / f"{n}{CALL}" for n in range(len(arguments))]
        for call, values in zip(calls, arguments, strict=True):
            call.write_bytes(pickle.dumps((function, values)))
        yield calls
    finally:
        # A process that was given up may still be writing there.
        with contextlib.suppress(OSError):
            own.rmtree()


def answer_call(name):
    """Calls a function with its arguments.

    Args:
        name: str. Path of the file that holds both.
    """
    call = epath.Path(name)
    function, arguments = pickle.loads(call.read_bytes())
    try:
        answer = function(*arguments), None
    # Others may be gone when it is tried again.
    except InputError as error:
        answer = None, error
    unnamed = call.with_suffix(f".{uuid.uuid4().hex}")
    unnamed.write_bytes(pickle.dumps(answer))
    unnamed.replace(result_of(call))


def read_answer(call):
    """Returns what the function has returned.

    Args:
        call: path of a call that is done.

    Raises:
        InputError: if the function did.
    """
    answer, error = pickle.loads(result_of(call).read_bytes())
    if error is not None:
        raise error
    return answer


def result_of(call):
    """Returns where the result of a call is, or will be.

    Args:
        call: path of the call.
    """
    return call.with_suffix(RESULT)
