"""pcapng by scapy's raw reader, made strict and fast."""

import struct

from scapy.data import MTU
from scapy.utils import RawPcapNgReader

from mtc_tf.packets.pcap_frames import MAX_FRAME_LENGTH
from mtc_tf.packets.pcap_frames import CaptureDamage
from mtc_tf.packets.pcap_frames import PcapFrames

# The limit of libpcap and Wireshark for one block, e.g. of TLS secrets.
MAX_BLOCK_LENGTH = 16 * 1024 * 1024

# The fixed part of a packet block and the length at its end.
_MIN_PACKET_BLOCK = 24
# Reads the same in both byte orders.
_SECTION_HEADER = b"\x0a\x0d\x0d\x0a"
_BYTE_ORDERS = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}
# The option of an interface that holds whole seconds to add to its times.
_IF_TSOFFSET = 14


class PcapNgFrames(RawPcapNgReader):
    """Iterates over the packets of a pcapng file, or of a pcap file.

    scapy tells the two apart, and reads the descriptions of interfaces. For
    what iterating gives, and for the attributes, see `PcapFrames`.
    """

    # What scapy makes instead if the file is no pcapng.
    alternative = PcapFrames

    def __init__(self, filename, fdesc=None, magic=None):
        super().__init__(filename, fdesc, magic)
        self.default_options["tsoffset"] = 0
        self.untimed = 0

    def __iter__(self):
        """Reads block after block.

        scapy's own method reads whatever length a block claims, up to 4 GiB,
        ends in silence where a block is cut off or contradicts itself, and
        spends most of its time on options and a named tuple for each packet.
        """
        read = self.f.read
        while kind := read(4):
            if kind == _SECTION_HEADER:
                self._read_block_shb()
                continue
            block = self._read_rest(read(4), 8)
            # Other kinds are skipped: names, statistics, and the secrets and
            # processes that scapy keeps for its dissectors.
            if kind in self._read_kinds:
                record = self._read_kinds[kind](block)
                if record:
                    yield record

    def _read_rest(self, length, read):
        """Reads the rest of a block of which `read` bytes are read.

        The length that stands once more at the end of the block is left
        there: to cut it off would copy the block.
        """
        if len(length) < 4:
            raise CaptureDamage("the file ends inside a block header")
        (size,) = self._unpack_uint32(length)
        if not 12 <= size <= MAX_BLOCK_LENGTH or size % 4:
            raise CaptureDamage(f"a block claims {size} bytes")
        rest = self.f.read(size - read)
        if len(rest) < size - read:
            raise CaptureDamage("the file ends inside a block")
        if not rest.endswith(length):
            raise CaptureDamage("the two lengths of a block differ")
        return rest

    def _read_block_shb(self):
        """Begins a new section.

        scapy's own method reads whatever length the block claims, and keeps
        the interfaces of the section before, so that the packets of the new
        one get the link types and the clocks of the old one.
        """
        length = self.f.read(4)
        self.endian = _BYTE_ORDERS.get(self.f.read(4))
        if self.endian is None:
            raise CaptureDamage("a section has no byte order mark")
        uint32 = struct.Struct(self.endian + "I")
        self._unpack_uint32 = uint32.unpack
        self._unpack_packet = struct.Struct(self.endian + "5I").unpack_from
        (version,) = struct.unpack_from(
            self.endian + "H", self._read_rest(length, 12)
        )
        if version != 1:
            raise CaptureDamage(f"a section has version {version}, not 1")
        self.interfaces = []
        self._read_kinds = {
            uint32.pack(1): self._read_interface,
            uint32.pack(2): self._read_old_packet,
            uint32.pack(3): self._read_simple_packet,
            uint32.pack(6): self._read_enhanced_packet,
        }

    def _read_interface(self, block):
        """Notes an interface; scapy leaves out the offset of its clock."""
        try:
            self._read_block_idb(block[:-4], MTU)
        except EOFError as error:
            raise CaptureDamage("an interface has no description") from error
        offset = self._read_options(block[8:-4]).get(_IF_TSOFFSET, b"")
        if len(offset) == 8:
            (seconds,) = struct.unpack(self.endian + "q", offset)
            self.interfaces[-1][2]["tsoffset"] = seconds

    def _read_enhanced_packet(self, block):
        """scapy's own method does not compare the length with the block's."""
        if len(block) < _MIN_PACKET_BLOCK:
            raise CaptureDamage("a packet block is too short")
        interface, high, low, captured, length = self._unpack_packet(block)
        ticks = high << 32 | low
        return self._record(block, 20, captured, length, interface, ticks)

    def _read_old_packet(self, block):
        """As an enhanced packet, with a shorter number of the interface."""
        if len(block) < _MIN_PACKET_BLOCK:
            raise CaptureDamage("a packet block is too short")
        (interface,) = struct.unpack_from(self.endian + "H", block)
        _, high, low, captured, length = self._unpack_packet(block)
        ticks = high << 32 | low
        return self._record(block, 20, captured, length, interface, ticks)

    def _read_simple_packet(self, block):
        """Without a time; scapy takes no snap length for one of 0 bytes."""
        if len(block) < 8:
            raise CaptureDamage("a packet block is too short")
        (length,) = self._unpack_uint32(block[:4])
        snap_length = self.interfaces[0][1] if self.interfaces else 0
        captured = min(length, snap_length or length)
        record = self._record(block, 4, captured, length, 0, ticks=0)
        self.untimed += 1
        return record

    def _record(self, block, start, captured, length, interface, ticks):
        if captured > min(len(block) - 4 - start, MAX_FRAME_LENGTH):
            raise CaptureDamage(f"a packet claims {captured} captured bytes")
        try:
            link_type, _, options = self.interfaces[interface]
        except IndexError:
            raise CaptureDamage(
                f"a packet names interface {interface} of "
                f"{len(self.interfaces)}"
            ) from None
        resolution = options["tsresol"]
        time = (ticks + options["tsoffset"] * resolution) / resolution
        return block[start : start + captured], time, length, link_type
