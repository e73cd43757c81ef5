"""What the commands take for files: types for `argparse`."""

import argparse
import os
import pathlib
import sys

from mtc_tf.errors import InputError


class StandardInput:
    """Stands for standard input where the others are paths."""

    def __str__(self):
        return "-"

    def open(self, mode):
        """Returns standard input as a binary file; it can be read once."""
        if sys.stdin is None:
            raise InputError("-: standard input is closed")
        return sys.stdin.buffer


def path_argument(text):
    """Turns an argument into a path; `~` is the home directory.

    Args:
        text: str.

    Returns:
        `pathlib.Path`.
    """
    if not text:
        raise argparse.ArgumentTypeError("expected a path, received nothing")
    return expanded_path(text)


def expanded_path(text):
    """Returns a path; `~` is the home directory, if there is such a user."""
    return pathlib.Path(os.path.expanduser(text))


def input_argument(text):
    """Turns an argument into something to read; `-` is standard input.

    Args:
        text: str.

    Returns:
        `pathlib.Path` or `StandardInput`.
    """
    return StandardInput() if text == "-" else path_argument(text)


def check_standard_input(inputs):
    """Refuses inputs that name standard input twice.

    Args:
        inputs: list of `pathlib.Path` and `StandardInput`.

    Raises:
        InputError: if they do.
    """
    if sum(isinstance(path, StandardInput) for path in inputs) > 1:
        raise InputError("- is standard input, which can be named once only")


def can_be_read_again(path):
    """Whether a command may look at a file before it reads it.

    Args:
        path: `pathlib.Path` or `StandardInput`.

    Returns:
        bool. False for standard input, pipes and devices, and for folders.
        True for what is missing: that is found out by looking, too.
    """
    if isinstance(path, StandardInput):
        return False
    return path.is_file() or not path.exists()
