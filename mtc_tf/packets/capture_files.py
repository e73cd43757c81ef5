"""Captures as files: their names, and where in a folder they lie."""

import os
import pathlib
import re

from mtc_tf.errors import InputError
from mtc_tf.packets.capture import open_frames
from mtc_tf.packets.capture import opened
from mtc_tf.printable import as_unicode

# What is no part of a capture's name. Other endings are: the numbers of
# rotated captures (dump.pcap1) tell these apart.
_SUFFIXES = (".pcap", ".pcapng", ".cap", ".dmp", ".ntar")
_COMPRESSION_SUFFIXES = (".gz", ".bz2", ".xz", ".zst", ".lz4")
# What a program puts behind the suffix of a capture that it goes on with.
_ROTATION = re.compile(
    rf"(?<=.)({'|'.join(map(re.escape, _SUFFIXES))})\.?\d+$", re.IGNORECASE
)
_LABELS = "labels.csv"


def capture_name(path):
    """Returns the name of a capture: `"a/b/X.pcap.gz"` is `"X"`.

    Args:
        path: str or path. What of it is not UTF-8 stands in the name as of
            `as_unicode`.
    """
    path = pathlib.PurePath(path)
    if path.suffix.lower() in _COMPRESSION_SUFFIXES:
        path = path.with_suffix("")
    if path.suffix.lower() in _SUFFIXES:
        path = path.with_suffix("")
    return as_unicode(path.name)


def whole_name(name):
    """Returns the name of the capture that a rotated one is a piece of.

    Args:
        name: str, of `capture_name`.

    Returns:
        str: `"dump"` for `"dump.pcap1"` and `"dump.pcap.2"`. Other names as
        they are.
    """
    return _ROTATION.sub("", name)


def find_captures(folder):
    """Finds the captures in a folder and in the folders below it.

    What is a capture is told by its content. Hidden files and `labels.csv`
    are not looked at.

    Args:
        folder: `pathlib.Path` or `epath.Path`.

    Returns:
        tuple `(captures, passed_over)`: a list of paths, and a dict from the
        path of each other file to what is wrong with it.

    Raises:
        InputError: if there is no capture.
        OSError: if a file or a folder cannot be read.
    """
    captures, passed_over = [], {}
    for path in _files(folder, above=()):
        reason = _why_no_capture(path)
        if reason is None:
            captures.append(path)
        else:
            passed_over[path] = reason
    if not captures:
        raise InputError(
            f"{folder}: expected captures (pcap or pcapng), found none"
            + "".join(
                f"; {path.relative_to(folder)}: {reason}"
                for path, reason in list(passed_over.items())[:1]
            )
        )
    return captures, passed_over


def _files(folder, above):
    resolved = os.path.realpath(folder)
    if resolved in above:  # a link that leads back
        return
    for path in sorted(folder.iterdir()):
        # Archives made on a Mac hold a "._x.pcap", no capture, for x.pcap.
        if path.name.startswith(".") or path.name == _LABELS:
            continue
        if path.is_dir():
            yield from _files(path, (*above, resolved))
        else:
            yield path


def _why_no_capture(path):
    """What is wrong with a file, None if it is a capture."""
    if not _is_regular(path):
        return "not a regular file"
    name = str(path)
    with path.open("rb") as file:
        try:
            with opened(file, name) as binary:
                open_frames(binary, name)
        except InputError as error:
            if isinstance(error.__cause__, OSError):
                raise  # it may be one, on a disk that fails
            return str(error).removeprefix(f"{name}: ")
    return None


def _is_regular(path):
    # `epath` takes a pipe for a file. What is not on this machine is none.
    local = pathlib.Path(path)
    return local.is_file() if local.exists() else path.is_file()
