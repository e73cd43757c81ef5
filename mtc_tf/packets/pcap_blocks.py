"""A classic pcap as the blocks of a pcapng file."""

import struct

from mtc_tf.packets.frame_times import MICROSECONDS
from mtc_tf.packets.pcapng_blocks import Block
from mtc_tf.packets.pcapng_blocks import option
from mtc_tf.packets.pcapng_frames import INTERFACE
from mtc_tf.packets.pcapng_frames import PACKET
from mtc_tf.packets.pcapng_frames import SECTION

_ORDER = "<"
_BYTE_ORDER_MARK, _ANY_LENGTH = 0x1A2B3C4D, -1
_END_OF_OPTIONS, _IF_TSRESOL, _IF_FCSLEN = 0, 9, 13
# Of the field with the link type: whether the length of the frame check
# sequence is known, and its place, in 16-bit words.
_HAS_FCS, _FCS_AT = 1 << 26, 28


def pcap_blocks(frames):
    """Gives the packets of a pcap as blocks, with exact times.

    What the modified format of Kuznetzov tells beside them, such as the
    interface, has no place.

    Args:
        frames: `mtc_tf.packets.pcap_frames.PcapFrames`.

    Yields:
        `Block`: a section, an interface, and one for each packet.

    Raises:
        CaptureDamage: as of `PcapFrames`.
    """
    head = struct.pack("<IHHq", _BYTE_ORDER_MARK, 1, 0, _ANY_LENGTH)
    yield Block(SECTION, head, _ORDER)
    yield Block(INTERFACE, _interface(frames), _ORDER)
    for frame, ticks, length, _ in frames:
        # (interface, upper and lower half of the time, captured, on the wire)
        numbers = (0, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), length)
        padding = bytes(-len(frame) % 4)
        yield Block(
            PACKET,
            b"".join([struct.pack("<5I", *numbers), frame, padding]),
            _ORDER,
        )


def _interface(frames):
    digits = 6 if frames.resolution == MICROSECONDS else 9
    content = struct.pack("<HHI", frames.link_type, 0, frames.snap_length)
    content += option(_ORDER, _IF_TSRESOL, bytes([digits]))
    if frames.network & _HAS_FCS:
        bits = (frames.network >> _FCS_AT) * 16
        content += option(_ORDER, _IF_FCSLEN, bytes([bits]))
    return content + option(_ORDER, _END_OF_OPTIONS, b"")
