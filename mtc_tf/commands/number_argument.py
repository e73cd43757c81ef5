"""Arguments that are numbers within bounds."""

import argparse
import math


def number_argument(expected, is_fit):
    """Makes the type of an argument that is a number.

    Args:
        expected: str. What the message says was expected.
        is_fit: callable. float -> whether it is within the bounds; false for
            one that is not a number.

    Returns:
        callable. str -> float.
    """

    def number(text):
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not is_fit(value):
            raise argparse.ArgumentTypeError(
                f"expected {expected}, received {text!r}"
            )
        return value

    return number
