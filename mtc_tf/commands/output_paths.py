"""Outputs that would destroy what a command reads."""

import pathlib

from mtc_tf.errors import InputError


def check_not_read(output, inputs):
    """Refuses to write over what is read.

    Args:
        output: `pathlib.Path`, or None for standard output.
        inputs: iterable of what is read; of it only `pathlib.Path` count.

    Raises:
        InputError: if the output is one of them, by whatever name.
    """
    # A device or a pipe loses nothing.
    if output is None or not output.is_file():
        return
    for path in inputs:
        if isinstance(path, pathlib.Path) and path.exists():
            if output.samefile(path):
                raise InputError(
                    f"{output}: is the input {path}, not to be written over"
                )
