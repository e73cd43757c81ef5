"""The error that a person, not a programmer, can mend."""


class InputError(ValueError):
    """Something that a user gave cannot be used.

    The message is one line that says what and where. Command lines print it
    without a traceback and exit with 1.
    """


def first_line(error):
    """Returns the first line of what an error of a library says."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
