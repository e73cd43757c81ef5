"""Damaged captures: nothing but frames, warnings and one kind of error.

    PYTHONPATH=tests python -m fuzz.containers --count=100000 --seed=1

makes pcap and pcapng files, compresses some, damages them before or after, and
preprocesses them. What raises something else than `InputError`, or is read
otherwise record by record than in blocks, is printed in hex.
"""

import bz2
import gzip
import io
import lzma
import random
import struct
import sys
import warnings

import zstandard
from capture_bytes import PCAP_MAGICS
from capture_bytes import PcapNg
from capture_bytes import ethernet
from capture_bytes import ipv4
from capture_bytes import pcap
from capture_bytes import tcp
from fuzz import command_line
from record_reference import by_records
from record_reference import in_blocks

from mtc_tf.errors import InputError
from mtc_tf.packets import CaptureReport
from mtc_tf.packets import preprocess_capture
from mtc_tf.packets.annotation import AnnotationReport
from mtc_tf.packets.annotation import annotate
from mtc_tf.packets.capture import read_capture

_BATCH = 100
_COMPRESSORS = (
    lambda content: gzip.compress(content, 1),
    lambda content: bz2.compress(content, 1),
    lambda content: lzma.compress(content, preset=0),
    lambda content: lzma.compress(content, lzma.FORMAT_XZ, lzma.CHECK_NONE),
    zstandard.ZstdCompressor(write_checksum=True).compress,
    zstandard.ZstdCompressor(level=1, write_content_size=False).compress,
)
# Numbers that mean something somewhere: block types, lengths, limits.
_NUMBERS = (0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 13, 14, 20, 28, 32, 33, 255)
_NUMBERS += (65_535, 262_144, 262_145, 2**24, 2**31, 2**32 - 4, 2**32 - 1)
_FRAME = ethernet(ipv4(tcp(b"data")))


def fuzz(count, seed):
    """Yields how many captures were tried; see `command_line.run`."""
    generator = random.Random(seed)
    for done in range(0, count, _BATCH):
        tried = min(_BATCH, count - done)
        for _ in range(tried):
            check_capture(_damaged_capture(generator))
        yield tried


def check_capture(content):
    """Raises `AssertionError` if reading fails in a way that is not meant."""
    report = CaptureReport()
    rows = 0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for batch in preprocess_capture(
                io.BytesIO(content), name="x", report=report
            ):
                rows += len(batch)
    except InputError as error:
        _check(content, "\n" not in str(error), f"two lines: {error}")
    # Whatever else is raised is a failure.
    except Exception as error:
        _check(content, False, repr(error))
    dropped = sum(report.dropped.values())
    _check(content, report.kept == rows, f"{rows} rows of {report}")
    _check(content, report.read == rows + dropped, f"counts of {report}")
    _check_readers(content)
    if report.read:
        _check_annotated(content)


def _check_readers(content):
    """Blocks, so small that most captures have several, give what there is."""
    try:
        same = in_blocks(content, 150, 3, 1) == by_records(content)
    except Exception as error:
        _check(content, False, f"a reader: {error!r}")
    _check(content, same, "other packets in blocks")


def _check_annotated(content):
    """What has comments on its packets holds the same packets."""
    output, report = io.BytesIO(), AnnotationReport()
    comments = ((number, "a comment") for number in range(10**6))
    try:
        annotate(io.BytesIO(content), comments, output, report, "x")
    except Exception as error:
        _check(content, False, f"annotated: {error!r}")
    same = _packets(output.getvalue()) == _packets(content)
    _check(content, same, "annotated, other packets")


def _packets(content):
    packets = []
    for batch in read_capture(io.BytesIO(content), "x", []):
        lengths = batch.lengths.tolist()
        for start, length in zip(batch.starts.tolist(), lengths, strict=True):
            packets.append(batch.data[start : start + length].tobytes())
        columns = (batch.microseconds, batch.wire_lengths, batch.link_types)
        packets += zip(*(column.tolist() for column in columns), strict=True)
    return packets


def _check(content, holds, message):
    if not holds:
        raise AssertionError(f"capture {content.hex()}: {message}")


def _damaged_capture(generator):
    content = generator.choice((_pcap, _pcapng, _pcapng))(generator)
    draw = generator.random()
    if draw < 0.5:
        return _damaged(generator, content)
    if draw < 0.6:
        content = _damaged(generator, content)
    content = generator.choice(_COMPRESSORS)(content)
    if generator.random() < 0.1:
        content += generator.choice(_COMPRESSORS)(_FRAME)
    return _damaged(generator, content)


def _damaged(generator, content):
    """Overwrites, cuts, removes or repeats some bytes, a few times."""
    changed = bytearray(content)
    for _ in range(generator.choice((0, 1, 1, 2, 3, 6))):
        place = generator.randrange(len(changed) + 1)
        end = place + generator.choice((1, 2, 4, 8, 40))
        kind = generator.randrange(6)
        if kind == 0:
            changed[place:end] = generator.randbytes(end - place)
        elif kind == 1:
            order = generator.choice(("<I", ">I", "<H", ">H"))
            limit = 2**32 if order.endswith("I") else 2**16
            number = generator.choice(_NUMBERS) % limit
            value = struct.pack(order, number)
            changed[place : place + len(value)] = value
        elif kind == 2:
            # Fields stand at multiples of four.
            place -= place % 4
            number = generator.choice(_NUMBERS)
            changed[place : place + 4] = struct.pack("<I", number)
        elif kind == 3:
            del changed[place:end]
        elif kind == 4:
            changed[place:place] = changed[place:end] * generator.choice((1, 9))
        else:
            del changed[place:]
    return bytes(changed)


def _frames(generator):
    return [
        generator.choice((_FRAME, _FRAME[:30], b"", generator.randbytes(70)))
        for _ in range(generator.randrange(5))
    ]


def _pcap(generator):
    order, nanoseconds = generator.choice(tuple(PCAP_MAGICS))
    content = pcap(
        _frames(generator),
        link_type=generator.choice((1, 1, 101, 113, 127, 276)),
        byte_order=order,
        nanoseconds=nanoseconds,
    )
    if generator.random() < 0.2:
        # Read as the modified format, whose records have longer headers.
        magic = struct.pack(f"{order}I", 0xA1B2CD34)
        content = magic + content[4:]
    return content


def _pcapng(generator):
    section = PcapNg(generator.choice("<>"))
    content = section.section()
    for _ in range(generator.randrange(8)):
        content += generator.choice(_BLOCKS)(generator, section)
    if generator.random() < 0.2:
        content += _pcapng(generator)
    return content


def _interface(generator, section):
    options = b""
    for _ in range(generator.choice((0, 0, 1, 2))):
        code, length = generator.choice(((9, 1), (14, 8), (2, 5), (1, 0)))
        options += section.option(code, generator.randbytes(length))
    return section.interface(
        generator.choice((1, 1, 101, 127)),
        generator.choice((0, 0, 40, 65_535)),
        options + generator.choice((b"", section.option(0, b""))),
    )


def _packet(generator, section):
    return section.packet(
        generator.choice((_FRAME, _FRAME[:40], b"")),
        ticks=generator.choice((0, 1_700_000_000_000_000, 2**64 - 1)),
        interface=generator.choice((0, 0, 0, 1, 2**32 - 1)),
        options=generator.choice((b"", section.option(1, b"a comment"))),
    )


_BLOCKS = (
    _interface,
    _interface,
    _packet,
    _packet,
    _packet,
    lambda generator, section: section.old_packet(_FRAME),
    lambda generator, section: section.simple_packet(_FRAME),
    lambda generator, section: section.block(10, generator.randbytes(20)),
)


if __name__ == "__main__":
    sys.exit(command_line.run(__doc__, fuzz))
