"""pcap and pcapng captures as batches of frames."""

import contextlib
import io
import os
import stat

from mtc_tf.errors import InputError
from mtc_tf.packets.block_window import BlockWindow
from mtc_tf.packets.compression import raw_content
from mtc_tf.packets.frame_batches import frame_batches
from mtc_tf.packets.pcap_frames import PCAP_MAGICS
from mtc_tf.packets.pcap_frames import CaptureDamage
from mtc_tf.packets.pcap_frames import PcapFrames
from mtc_tf.packets.pcapng_frames import PCAPNG_MAGIC
from mtc_tf.packets.pcapng_frames import PcapNgFrames


def read_capture(file, name=None, warnings=None):
    """Reads a capture in chunks.

    What the file is, is told by its content: pcap in its six magics, pcapng,
    or one of them compressed by gzip, bzip2, xz or zstd. Where a capture is
    cut off or damaged, all packets before that point are given, and a warning
    says so.

    Args:
        file: path, or binary file object. A file object is read from where it
            stands and not closed.
        name: str. What messages call the capture; by default the path.
        warnings: list to which warnings (str) are added.

    Yields:
        `FrameBatch` with about 4096 frames; fewer if they are large.

    Raises:
        InputError: the file cannot be opened, is empty, or is no capture.
    """
    warnings = [] if warnings is None else warnings
    name = name or file
    with opened(file, name) as binary:
        is_own = binary is not file
        before = os.fstat(binary.fileno()) if is_own else None
        reader = open_frames(binary, name, BlockWindow)
        yield from frame_batches(reader, warnings)
        warnings += untimed_warning(reader)
        if is_own:
            warnings += _changed_warning(before, os.fstat(binary.fileno()))


def _changed_warning(before, after):
    """Warns of a file that somebody writes to, in a list of one str or none."""
    states = [(state.st_size, state.st_mtime_ns) for state in (before, after)]
    # A pipe changes with every byte.
    if states[0] == states[1] or not stat.S_ISREG(before.st_mode):
        return []
    return [
        "the file was written to while it was read: it had "
        f"{before.st_size} bytes at first and {after.st_size} in the end; "
        "packets may be missing"
    ]


def untimed_warning(reader):
    """Warns of packets without a time, in a list of one str or none."""
    if not reader.untimed:
        return []
    return [f"{reader.untimed} packets carry no time; they got the time 0"]


def open_frames(binary, name, buffered=io.BufferedReader):
    """Finds out what a capture is.

    Args:
        binary: binary file object, read from where it stands.
        name: what messages call it.
        buffered: callable. Makes of an `io.RawIOBase` what the frames are read
            from; a `BlockWindow` lets `frame_batches` read them.

    Returns:
        `PcapFrames` or `PcapNgFrames`.

    Raises:
        InputError: the file is empty, or no capture.
    """
    try:
        stream = buffered(raw_content(binary, name))
        magic = stream.read(4)
        if not magic:
            raise InputError(f"{name}: the file is empty")
        if magic == PCAPNG_MAGIC:
            return PcapNgFrames(stream, magic)
        if magic in PCAP_MAGICS:
            return PcapFrames(stream, magic)
    except CaptureDamage as damage:
        raise InputError(f"{name}: not a capture: {damage}") from damage
    raise InputError(
        f"{name}: not a capture; expected a whole header of pcap or pcapng, "
        f"received {magic.hex()} as the first bytes"
    )


@contextlib.contextmanager
def opened(file, name):
    """Opens a path, without a buffer; gives a file object back as it is.

    Args:
        file: path, or binary file object.
        name: what messages call it.

    Yields:
        binary file object.

    Raises:
        InputError: the file cannot be opened, or in the `with` statement not
            be read.
    """
    try:
        if hasattr(file, "read"):
            yield file
        else:
            with open(file, "rb", buffering=0) as binary:
                yield binary
    except OSError as error:
        raise InputError(f"{name}: {error.strerror or error}") from error
