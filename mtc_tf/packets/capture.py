"""pcap and pcapng captures as batches of frames."""

import contextlib

from mtc_tf.errors import InputError
from mtc_tf.packets.compression import decompressed
from mtc_tf.packets.frame_batch import FrameBatch
from mtc_tf.packets.pcap_frames import PCAP_MAGICS
from mtc_tf.packets.pcap_frames import CaptureDamage
from mtc_tf.packets.pcap_frames import PcapFrames
from mtc_tf.packets.pcapng_frames import PCAPNG_MAGIC
from mtc_tf.packets.pcapng_frames import PcapNgFrames

# Few enough that a chunk and the arrays made from it stay in the cache's
# reach, enough that NumPy's cost of a call does not show.
CHUNK_FRAMES = 2048
# Jumbo and offloaded frames: what bounds the memory if frames are large.
CHUNK_BYTES = 4 * 1024 * 1024


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
        `FrameBatch` with about 2048 frames; fewer if they are large.

    Raises:
        InputError: the file cannot be opened, is empty, or is no capture.
    """
    warnings = [] if warnings is None else warnings
    name = name or file
    with opened(file, name) as binary:
        reader = open_frames(binary, name)
        yield from _chunks(reader, warnings)
    warnings += untimed_warning(reader)


def _chunks(reader, warnings):
    number, size, columns = 0, 0, ([], [], [], [])
    frames, ticks, wire_lengths, interfaces = columns
    try:
        for frame, tick, wire_length, interface in reader:
            # Columns, not a list of records: so many tuples at once would set
            # off the garbage collector again and again.
            frames.append(frame)
            ticks.append(tick)
            wire_lengths.append(wire_length)
            interfaces.append(interface)
            size += len(frame)
            if len(frames) == CHUNK_FRAMES or size >= CHUNK_BYTES:
                yield FrameBatch.from_records(*columns, first_number=number)
                number += len(frames)
                size = 0
                for column in columns:
                    column.clear()
    except CaptureDamage as damage:
        warnings.append(damage_warning(damage, number + len(frames)))
    if frames:
        yield FrameBatch.from_records(*columns, first_number=number)


def damage_warning(damage, count):
    """Warns that a capture cannot be read any further.

    Args:
        damage: `CaptureDamage`.
        count: int. Packets that were read.

    Returns:
        str.
    """
    return (
        f"cut off or damaged at packet {count}, counted from 0: {damage}; "
        f"the {count} packets before it were read"
    )


def untimed_warning(reader):
    """Warns of packets without a time, in a list of one str or none."""
    if not reader.untimed:
        return []
    return [f"{reader.untimed} packets carry no time; they got the time 0"]


def open_frames(binary, name):
    """Finds out what a capture is.

    Args:
        binary: binary file object, read from where it stands.
        name: what messages call it.

    Returns:
        `PcapFrames` or `PcapNgFrames`.

    Raises:
        InputError: the file is empty, or no capture.
    """
    try:
        stream = decompressed(binary, name)
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
def opened(file, name, buffering=-1):
    """Opens a path; gives a file object back as it is.

    Args:
        file: path, or binary file object.
        name: what messages call it.
        buffering: int, as of `open`.

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
            with open(file, "rb", buffering) as binary:
                yield binary
    except OSError as error:
        raise InputError(f"{name}: {error.strerror or error}") from error
