"""What a command tells on standard error while it works."""

import sys

import tqdm

from mtc_tf.printable import warning_line


def progress_bar(unit):
    """Returns a bar of `tqdm`.

    Where the rows go to the terminal, they show the progress.

    Args:
        unit: str. What is counted, with a space in front.
    """
    is_quiet = sys.stdout.isatty() or not sys.stderr.isatty()
    return tqdm.tqdm(unit=unit, disable=is_quiet, leave=False)


def warn(source, warning):
    """Prints the line of a warning, as of `warning_line`."""
    print(warning_line(source, warning), file=sys.stderr)
