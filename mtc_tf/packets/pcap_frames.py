"""Classic pcap by scapy's raw reader, made strict and fast."""

import struct

from scapy.utils import RawPcapReader

# libpcap writes no packet larger than its MAXIMUM_SNAPLEN, which is also
# Wireshark's limit: a length beyond it is damage, not data. 64 KiB would be
# too little, since offloading hands larger packets to the capturing side.
MAX_FRAME_LENGTH = 262_144


class CaptureDamage(Exception):
    """The capture cannot be read any further; the message says why."""


class PcapFrames(RawPcapReader):
    """Iterates over the records of a pcap file, of all four magics.

    scapy reads the file header. Iterating gives tuples `(frame, seconds since
    1970, bytes on the wire, link type)` up to the file's end, and raises
    `CaptureDamage` where the file is cut off or contradicts the format.

    Attributes:
        untimed: int. Packets so far that carry no time; theirs is 0.
    """

    # Every record of pcap has a time.
    untimed = 0

    def __init__(self, filename, fdesc=None, magic=None):
        super().__init__(filename, fdesc, magic)
        # The upper half of the field is about the frame check sequence;
        # scapy takes it for a part of the link type.
        self.linktype &= 0xFFFF

    def __iter__(self):
        """Reads record after record.

        scapy's own method returns what is left of a record that is cut off
        as if it were whole, ends in silence inside a record header, and
        spends most of its time on a named tuple for each packet.
        """
        read = self.f.read
        unpack = struct.Struct(self.endian + "4I").unpack
        ticks = 1_000_000_000 if self.nano else 1_000_000
        while header := read(16):
            if len(header) < 16:
                raise CaptureDamage("the file ends inside a record header")
            seconds, fraction, captured, length = unpack(header)
            if captured > MAX_FRAME_LENGTH:
                raise CaptureDamage(f"a record claims {captured} bytes")
            frame = read(captured)
            if len(frame) < captured:
                raise CaptureDamage("the file ends inside a record")
            # One division of integers: rounded once, to the nearest float.
            time = (seconds * ticks + fraction) / ticks
            yield frame, time, length, self.linktype
