"""What the lab's commands accept."""

import argparse
import pathlib


def positive(text):
    """Reads a positive integer, as the `type` of an argument.

    Args:
        text: str.

    Returns:
        int.

    Raises:
        argparse.ArgumentTypeError: if it is none.
    """
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(
            f"expected a positive integer, received {text}"
        )
    return number


def add_set_and_output(parser):
    """Adds the arguments of what makes one set of another.

    Args:
        parser: `argparse.ArgumentParser`. It then gives `set` and `output`,
            `pathlib.Path`.
    """
    parser.add_argument(
        "set", metavar="SET", type=pathlib.Path, help="a set of the lab"
    )
    parser.add_argument(
        "output", metavar="OUT", type=pathlib.Path, help="a new folder"
    )
