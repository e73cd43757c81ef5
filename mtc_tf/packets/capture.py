"""pcap and pcapng captures as batches of frames."""

import contextlib
import gzip
import io
import pathlib
import zlib

from scapy.error import Scapy_Exception

from mtc_tf.errors import InputError
from mtc_tf.packets.frame_batch import FrameBatch
from mtc_tf.packets.pcap_frames import CaptureDamage
from mtc_tf.packets.pcapng_frames import PcapNgFrames

# Few enough that a chunk and the arrays made from it stay in the cache's
# reach, enough that NumPy's cost of a call does not show.
_CHUNK_FRAMES = 2048
# Jumbo and offloaded frames: what bounds the memory if frames are large.
_CHUNK_BYTES = 4 * 1024 * 1024

_BUFFER_BYTES = 1024 * 1024
_GZIP_MAGIC = b"\x1f\x8b"


def capture_name(path):
    """Returns the name of a capture: `"a/b/X.pcap.gz"` is `"X"`."""
    path = pathlib.PurePath(path)
    if path.suffix.lower() == ".gz":
        path = path.with_suffix("")
    return path.stem


def read_capture(file, name=None, warnings=None):
    """Reads a capture in chunks.

    What the file is, is told by its content: pcap in its four magics, pcapng,
    or one of them compressed by gzip. Where a capture is cut off or damaged,
    all packets before that point are given, and a warning says so.

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
    frames, timestamps, wire_lengths, link_types = columns
    try:
        for frame, timestamp, wire_length, link_type in reader:
            # Columns, not a list of records: so many tuples at once would set
            # off the garbage collector again and again.
            frames.append(frame)
            timestamps.append(timestamp)
            wire_lengths.append(wire_length)
            link_types.append(link_type)
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
    """Lets scapy find out what the file is."""
    try:
        stream = _decompressed(binary)
        head = stream.peek(4)[:4]
        if not head:
            raise InputError(f"{name}: the file is empty")
    except CaptureDamage as damage:
        raise InputError(f"{name}: {damage}") from damage
    try:
        return PcapNgFrames(stream)
    except (CaptureDamage, Scapy_Exception) as error:
        raise InputError(
            f"{name}: not a capture; expected a whole header of pcap or "
            f"pcapng, received {head.hex()} as the first bytes"
        ) from error


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


def _decompressed(binary):
    stream = io.BufferedReader(_Blocks(binary.read), _BUFFER_BYTES)
    if stream.peek(2)[:2] != _GZIP_MAGIC:
        return stream
    # `read1` returns what there is before it finds that the file is cut off;
    # `read` would lose it.
    blocks = _Blocks(gzip.GzipFile(fileobj=stream).read1)
    return io.BufferedReader(blocks, _BUFFER_BYTES)


class _Blocks(io.RawIOBase):
    """Reads large blocks by a `read` function.

    A buffered reader on top makes the many small reads cheap, whatever the
    file object (that of `tf.io.gfile` has no `readinto`), and leaves the
    object open.
    """

    def __init__(self, read):
        super().__init__()
        self._read = read

    def readable(self):
        return True

    def readinto(self, buffer):
        try:
            block = self._read(len(buffer))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise CaptureDamage(f"gzip: {error}") from error
        buffer[: len(block)] = block
        return len(block)
