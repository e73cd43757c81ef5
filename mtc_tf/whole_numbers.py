"""Whole numbers that a person has typed."""

from mtc_tf.errors import InputError


def whole_number(text, name, least, most):
    """Reads a whole number within bounds.

    Args:
        text: str.
        name: str. What the error calls it.
        least: int, 0 or more.
        most: int.

    Returns:
        int.

    Raises:
        InputError: if it is none.
    """
    # Its length, first: Python refuses to read thousands of digits.
    is_number = text.isascii() and text.isdigit()
    is_short = len(text) <= len(str(most))
    if not (is_number and is_short and least <= int(text) <= most):
        raise InputError(
            f"{name} must be a whole number from {least} to {most}; "
            f"received: {text}"
        )
    return int(text)
