"""Arguments that are numbers within bounds."""

import argparse
import math


def number_argument(expected, is_fit, kind=float):
    """Makes the type of an argument that is a number.

    Args:
        expected: str. What the message says was expected.
        is_fit: callable. The number -> whether it is within the bounds; false
            for a float that is not a number.
        kind: `float` or `int`.

    Returns:
        callable. str -> number.
    """

    def number(text):
        try:
            value = kind(text)
        except ValueError:
            value = math.nan
        if not is_fit(value):
            raise argparse.ArgumentTypeError(
                f"expected {expected}, received {text!r}"
            )
        return value

    return number
