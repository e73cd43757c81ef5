"""Captures written again as pcapng, with comments on their packets."""

import dataclasses

from mtc_tf.errors import InputError
from mtc_tf.packets.compression import decompressed
from mtc_tf.packets.pcap_blocks import pcap_blocks
from mtc_tf.packets.pcap_frames import PCAP_MAGICS
from mtc_tf.packets.pcap_frames import CaptureDamage
from mtc_tf.packets.pcap_frames import PcapFrames
from mtc_tf.packets.pcapng_blocks import PACKETS
from mtc_tf.packets.pcapng_blocks import read_blocks
from mtc_tf.packets.pcapng_frames import PCAPNG_MAGIC
from mtc_tf.packets.pcapng_frames import SECTION


@dataclasses.dataclass
class AnnotationReport:
    """What came of a capture.

    Args:
        packets: int. How many were written.
        comments: int. How many have a comment.
        without_room: int. How many should have one, but stand in blocks that
            take none (Simple Packet Blocks).
        damage: str. Why the capture ended early; empty where it did not.
    """

    packets: int = 0
    comments: int = 0
    without_room: int = 0
    damage: str = ""


def annotate(capture, comments, output, report, name):
    """Writes a capture as pcapng, with comments on packets.

    All packets keep their bytes, lengths and times. Of pcapng every block is
    written as it stands, in its byte order, but for the comments, and for the
    length of a section, which they make another one. Memory does not grow with
    the capture.

    Args:
        capture: binary file object, which may be compressed.
        comments: iterable of tuples of the position of a packet, counted from
            0, and a str; in ascending order.
        output: binary file object to write to.
        report: `AnnotationReport`, filled in.
        name: str or path. What messages call the capture.

    Raises:
        InputError: if it is no capture, or compressed in a way that is not
            read.
    """
    stream = decompressed(capture, name)
    try:
        magic = stream.read(4)
        if magic == PCAPNG_MAGIC:
            blocks = read_blocks(stream)
        elif magic in PCAP_MAGICS:
            blocks = pcap_blocks(PcapFrames(stream, magic))
        else:
            raise InputError(f"{name}: not a capture")
        for block in _annotated(blocks, iter(comments), report):
            output.write(block.to_bytes())
    except CaptureDamage as damage:
        report.damage = str(damage)


def _annotated(blocks, comments, report):
    number, text = next(comments, (None, None))
    for block in blocks:
        if block.kind == SECTION:
            yield block.of_any_length()
            continue
        if block.kind in PACKETS:
            if report.packets == number:
                block = _commented(block, text, report)
                number, text = next(comments, (None, None))
            report.packets += 1
        yield block


def _commented(block, text, report):
    commented = block.with_comment(text)
    if commented is None:
        report.without_room += 1
        return block
    report.comments += 1
    return commented
