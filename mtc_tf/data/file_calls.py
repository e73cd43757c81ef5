"""Calls of functions that go to other processes as files.

A function and its arguments are in a file `STEP-N.call`, in a folder that all
processes see, and what came of it goes to `STEP-N.result`, beside it. What else
passes between processes is the name of the file: a process that is killed while
it sends or receives more than that would leave the other one waiting.
"""

import contextlib
import pickle
import typing
import uuid

from etils import epath

from mtc_tf.errors import InputError

CALL, RESULT = ".call", ".result"


class Step(typing.NamedTuple):
    """Calls of one function, in any order or at once.

    Args:
        name: str. What is done, for a bar, or the runner's own page; that of no
            other step.
        function: function of a module, which may be called several times with
            the same arguments. In each step but the first it is given before
            them a list of what the calls of the step before returned, all of
            which are done.
        arguments: list of tuples.
    """

    name: str
    function: typing.Callable
    arguments: list


@contextlib.contextmanager
def file_calls(folder, steps):
    """Writes calls into a folder of their own, which goes with the `with`.

    Args:
        folder: `pathlib.Path` or `epath.Path` of an existing folder.
        steps: list of `Step`.

    Yields:
        list of lists of paths, a call each.
    """
    own = epath.Path(folder) / uuid.uuid4().hex
    own.mkdir()
    try:
        calls, before = [], None
        for number, (_, function, arguments) in enumerate(steps):
            names = [own / f"{number}-{n}{CALL}" for n in range(len(arguments))]
            for call, values in zip(names, arguments, strict=True):
                call.write_bytes(pickle.dumps((function, before, values)))
            calls.append(names)
            before = names
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
    function, before, arguments = pickle.loads(call.read_bytes())
    try:
        if before is not None:
            arguments = (list(map(read_answer, before)), *arguments)
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
