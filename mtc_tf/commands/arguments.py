"""What the commands share: how one is declared, and its arguments."""

import argparse
import os
import pathlib
import sys

from mtc_tf.errors import InputError
from mtc_tf.inference.remote.address import is_address


class StandardInput:
    """Stands for standard input where the others are paths."""

    def __str__(self):
        return "-"

    def open(self, mode):
        """Returns standard input as a binary file; it can be read once.

        Without a buffer, which would wait until it is full.
        """
        if sys.stdin is None:
            raise InputError("-: standard input is closed")
        return getattr(sys.stdin.buffer, "raw", sys.stdin.buffer)


def add_command(subparsers, name, run, *, help, description, examples):
    """Adds a command to `mtc`.

    Args:
        subparsers: what `argparse.ArgumentParser.add_subparsers` returns.
        name: str.
        run: callable. The parsed arguments -> exit code.
        help: str. A line for the list of commands.
        description: str. What the command does.
        examples: str. Command lines, below the word "examples:".

    Returns:
        `argparse.ArgumentParser`.
    """
    parser = subparsers.add_parser(
        name,
        help=help,
        description=description,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser


def add_workdir(parser):
    """Adds `--workdir`, the run that a command works on."""
    parser.add_argument(
        "--workdir",
        required=True,
        metavar="DIR",
        type=path_argument,
        help="the run directory that `mtc train` wrote",
    )


def add_evaluated_runs(parser):
    """Adds `workdirs`, the runs that a command compares."""
    parser.add_argument(
        "workdirs",
        nargs="+",
        metavar="DIR",
        type=path_argument,
        help="run directory on which `mtc evaluate` was run",
    )


def add_data_dir(parser, *, help, default=None):
    """Adds `--data_dir`, where prepared datasets lie.

    Args:
        parser: `argparse.ArgumentParser`.
        help: str. What the command does there.
        default: str. None if it is told elsewhere.
    """
    parser.add_argument(
        "--data_dir",
        metavar="DIR",
        type=os.path.expanduser,
        default=default,
        help=help,
    )


def add_description(parser):
    """Adds `--description`, what the model behind a server is for."""
    parser.add_argument(
        "--description",
        metavar="OUT",
        type=path_argument,
        help="of a model behind a server: what `mtc export` wrote, or its "
        "mtc.json (default: what the server says, which TensorFlow Serving "
        "cannot)",
    )


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


def count_argument(text):
    """Turns an argument into a whole number above 0.

    Args:
        text: str.

    Returns:
        int.
    """
    value = int(text) if text.isdecimal() else 0
    if value < 1:
        raise argparse.ArgumentTypeError(
            f"expected a whole number above 0, received {text!r}"
        )
    return value


def model_argument(text):
    """Turns an argument into a model: a path, or the address of a server.

    Args:
        text: str.

    Returns:
        `pathlib.Path`, or str where it is an address.
    """
    return text if is_address(text) else path_argument(text)


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
