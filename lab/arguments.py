"""What the lab's commands accept."""

import argparse


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
