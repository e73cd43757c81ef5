"""Flagfiles, those that come with the package included."""

import contextlib
import pathlib

from mtc_tf.errors import InputError
from mtc_tf.errors import first_line
from mtc_tf.files.shipped import shipped

_FLAGFILE = "--flagfile="


def expand_flagfiles(arguments):
    """Puts the flags that stand in flagfiles in the place of these.

    A relative path, in a flagfile too, goes out from the current folder, as
    absl reads it. One that leads nowhere from there is looked up among the
    flagfiles of the package: `configs/iscx/mtc.flags` needs no checkout.

    Args:
        arguments: list of str, those of a command line.

    Returns:
        list of str.

    Raises:
        InputError: if a flagfile cannot be read.
    """
    from absl import flags

    reader = flags.FlagValues()
    try:
        return reader.read_flags_from_files(arguments)
    except (flags.CantOpenFlagFileError, UnicodeDecodeError) as error:
        found = list(map(_absolute, arguments))
        with contextlib.chdir(shipped()):
            try:
                return reader.read_flags_from_files(found)
            except (flags.CantOpenFlagFileError, UnicodeDecodeError):
                raise InputError(
                    f"a flagfile cannot be read: {_reason(error)}"
                ) from error


def read_flagfile(path):
    """Reads a flagfile and those that it names; later flags win.

    Args:
        path: str or path.

    Returns:
        dict from the name of a flag to its value, both str.

    Raises:
        InputError: as of `expand_flagfiles`.
    """
    lines = expand_flagfiles([f"{_FLAGFILE}{path}"])
    pairs = (line.removeprefix("--").partition("=") for line in lines)
    return {name: value for name, _, value in pairs}


def _absolute(argument):
    path = pathlib.Path(argument.removeprefix(_FLAGFILE))
    if argument.startswith(_FLAGFILE) and path.exists():
        return f"{_FLAGFILE}{path.absolute()}"
    return argument


def _reason(error):
    return first_line(error).removeprefix("ERROR:: Unable to open flagfile: ")
