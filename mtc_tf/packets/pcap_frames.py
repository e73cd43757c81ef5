"""Classic pcap, record by record."""

import struct

from mtc_tf.packets.frame_times import MICROSECONDS
from mtc_tf.packets.frame_times import NANOSECONDS

# libpcap writes no packet larger than its MAXIMUM_SNAPLEN, which is also
# Wireshark's limit: a length beyond it is damage, not data. 64 KiB would be
# too little, since offloading hands larger packets to the capturing side.
MAX_FRAME_LENGTH = 262_144

# The modified format of Kuznetzov adds an interface, a protocol and a packet
# type to the header of each record, and padding.
_RECORD, _MODIFIED_RECORD = 16, 24
# Magic -> byte order, ticks a second, bytes of a record's header.
PCAP_MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", MICROSECONDS, _RECORD),
    b"\xa1\xb2\xc3\xd4": (">", MICROSECONDS, _RECORD),
    b"\x4d\x3c\xb2\xa1": ("<", NANOSECONDS, _RECORD),
    b"\xa1\xb2\x3c\x4d": (">", NANOSECONDS, _RECORD),
    b"\x34\xcd\xb2\xa1": ("<", MICROSECONDS, _MODIFIED_RECORD),
    b"\xa1\xb2\xcd\x34": (">", MICROSECONDS, _MODIFIED_RECORD),
}


class CaptureDamage(Exception):
    """The capture cannot be read any further; the message says why."""


class PcapFrames:
    """Iterates over the records of a pcap file.

    Iterating gives tuples `(frame, ticks since 1970, bytes on the wire,
    interface)` up to the file's end, where interface is a tuple of the link
    type and the ticks a second. All of them are exact integers.

    Args:
        stream: binary file object, which stands behind the magic.
        magic: bytes. One of `PCAP_MAGICS`.

    Attributes:
        stream: as given.
        untimed: int. Packets so far that carry no time; theirs is 0.
        network: int. The field of the file's header that holds the link type,
            and in its upper half what is said of the frame check sequence.
        snap_length: int. The most bytes of a packet that were to be captured.
        resolution: int. The ticks a second.
        byte_order: str, `<` or `>`.
        header_length: int. Bytes of a record's header.
        link_type: int. The DLT of the frames.

    Raises:
        CaptureDamage: the file is cut off or contradicts the format; also
            while iterating.
    """

    # Every record of pcap has a time.
    untimed = 0

    def __init__(self, stream, magic):
        self.stream = stream
        self._read = stream.read
        self.byte_order, self.resolution, self.header_length = PCAP_MAGICS[
            magic
        ]
        header = self._read(20)
        if len(header) < 20:
            raise CaptureDamage("the file ends inside its header")
        self.snap_length, self.network = struct.unpack_from(
            f"{self.byte_order}2I", header, 12
        )
        self.link_type = self.network & 0xFFFF

    def __iter__(self):
        read, size, resolution = self._read, self.header_length, self.resolution
        interface = self.link_type, resolution
        unpack = struct.Struct(f"{self.byte_order}4I{size - 16}x").unpack
        while header := read(size):
            if len(header) < size:
                raise CaptureDamage("the file ends inside a record header")
            seconds, fraction, captured, length = unpack(header)
            if captured > MAX_FRAME_LENGTH:
                raise CaptureDamage(f"a record claims {captured} bytes")
            frame = read(captured)
            if len(frame) < captured:
                raise CaptureDamage("the file ends inside a record")
            ticks = seconds * resolution + fraction
            yield frame, ticks, length, interface
