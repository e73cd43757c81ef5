"""The captures that a command line names."""

from mtc_tf.commands.arguments import StandardInput
from mtc_tf.commands.arguments import can_be_read_again
from mtc_tf.commands.arguments import check_standard_input
from mtc_tf.packets.capture import read_capture
from mtc_tf.packets.capture_files import find_captures


def expand_folders(inputs):
    """Puts its captures in the place of each folder.

    Args:
        inputs: list of `pathlib.Path` and `StandardInput`.

    Returns:
        tuple `(captures, passed_over)`: a list of `pathlib.Path` and
        `StandardInput`, and a dict from the path of each file in a folder
        that is no capture to what is wrong with it.

    Raises:
        InputError: if a folder holds no capture, or standard input is named
            twice.
    """
    check_standard_input(inputs)
    captures, passed_over = [], {}
    for path in inputs:
        if isinstance(path, StandardInput) or not path.is_dir():
            captures.append(path)
        else:
            found, others = find_captures(path)
            captures += found
            passed_over |= others
    return captures, passed_over


def check_captures(inputs):
    """Finds out whether files are captures, before work is done in vain.

    Args:
        inputs: list of `pathlib.Path` and `StandardInput`. Folders, and what
            can be read only once, are not looked at.

    Raises:
        InputError: if one is no capture.
    """
    for path in filter(can_be_read_again, inputs):
        next(read_capture(path), None)


def opened(capture):
    """Gives `preprocess_capture` what it reads a capture by.

    Args:
        capture: `pathlib.Path` or `StandardInput`.

    Returns:
        dict of the arguments `file` and, for standard input, `name`.
    """
    if isinstance(capture, StandardInput):
        return {"file": capture.open("rb"), "name": str(capture)}
    return {"file": capture}
