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
_CHUNK_FRAMES = 2048
# Jumbo and offloaded frames: what bounds the memory if frames are large.
_CHUNK_BYTES = 4 * 1024 * 1024


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
    with _opened(file, name) as binary:
        reader = _open_reader(binary, name)
        yield from _chunks(reader, warnings)
    if reader.untimed:
        warnings.append(
            f"{reader.untimed} packets carry no time; they got the time 0"
        )


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
            if len(frames) == _CHUNK_FRAMES or size >= _CHUNK_BYTES:
                yield FrameBatch.from_records(*columns, first_number=number)
                number += len(frames)
                size = 0
                for column in columns:
                    column.clear()
    except CaptureDamage as damage:
        count = number + len(frames)
        warnings.append(
            f"cut off or damaged at packet {count}, counted from 0: {damage}; "
            f"the {count} packets before it were read"
        )
    if frames:
        yield FrameBatch.from_records(*columns, first_number=number)


def _open_reader(binary, name):
    """Finds out what the file is."""
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
def _opened(file, name):
    """Opens a path; gives a file object back as it is."""
    try:
        if hasattr(file, "read"):
            yield file
        else:
            with open(file, "rb") as binary:
                yield binary
    except OSError as error:
        raise InputError(f"{name}: {error.strerror or error}") from error
