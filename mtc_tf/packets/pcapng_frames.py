"""pcapng, block by block."""

import struct

from mtc_tf.packets.frame_times import MICROSECONDS
from mtc_tf.packets.pcap_frames import MAX_FRAME_LENGTH
from mtc_tf.packets.pcap_frames import CaptureDamage

# The limit of libpcap and Wireshark for one block, e.g. of TLS secrets.
MAX_BLOCK_LENGTH = 16 * 1024 * 1024
# Far above what captures have, low enough for memory and time: a compressed
# file of a few kilobytes can hold millions.
MAX_INTERFACES = 65_536
MAX_OPTIONS = 1024

# The block that begins a section; it reads the same in both byte orders.
PCAPNG_MAGIC = b"\x0a\x0d\x0d\x0a"
# Other kinds of blocks are skipped: names, statistics, secrets.
SECTION, INTERFACE = 0x0A0D0D0A, 1
OLD_PACKET, SIMPLE_PACKET, PACKET = 2, 3, 6

# The fixed part of a packet block and the length at its end.
_MIN_PACKET_BLOCK = 24
MIN_BLOCK_LENGTH = 12
_MIN_INTERFACE_BLOCK = 12
BYTE_ORDERS = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}
# Options of an interface: ticks a second, as a power of 10 or 2; whole
# seconds to add to its times.
_END_OF_OPTIONS, _IF_TSRESOL, _IF_TSOFFSET = 0, 9, 14


class PcapNgFrames:
    """Iterates over the packets of a pcapng file.

    For what iterating gives, see `PcapFrames`.

    Args:
        stream: binary file object, which stands behind the magic.
        magic: bytes. `PCAPNG_MAGIC`.

    Attributes:
        stream: as given.
        untimed: int. Packets so far that carry no time; theirs is 0.
        byte_order: str, `<` or `>`. That of the section.
        interfaces: list. Those of the section so far, each a tuple of link
            type and ticks a second, snap length, and seconds to add.

    Raises:
        CaptureDamage: the file is cut off or contradicts the format; also
            while iterating.
    """

    def __init__(self, stream, magic):
        self.stream = stream
        self._read = stream.read
        self.untimed = 0
        self._begin_section()

    def __iter__(self):
        read = self._read
        while kind := read(4):
            if kind == PCAPNG_MAGIC:
                self._begin_section()
                continue
            block = self._read_rest(read(4), 8)
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
        if not MIN_BLOCK_LENGTH <= size <= MAX_BLOCK_LENGTH or size % 4:
            raise CaptureDamage(f"a block claims {size} bytes")
        rest = self._read(size - read)
        if len(rest) < size - read:
            raise CaptureDamage("the file ends inside a block")
        if not rest.endswith(length):
            raise CaptureDamage("the two lengths of a block differ")
        return rest

    def _begin_section(self):
        """Begins a new section, with interfaces and a byte order of its own."""
        length = self._read(4)
        order = BYTE_ORDERS.get(self._read(4))
        if order is None:
            raise CaptureDamage("a section has no byte order mark")
        self.byte_order = order
        uint32 = struct.Struct(f"{order}I")
        self._unpack_uint32 = uint32.unpack
        self._unpack_packet = struct.Struct(f"{order}5I").unpack_from
        self._unpack_interface = struct.Struct(f"{order}HxxI").unpack_from
        self._unpack_option = struct.Struct(f"{order}HH").unpack_from
        self._unpack_uint16 = struct.Struct(f"{order}H").unpack_from
        self._unpack_seconds = struct.Struct(f"{order}q").unpack_from
        rest = self._read_rest(length, 12)
        if len(rest) < 16:
            raise CaptureDamage("a section header is too short")
        (version,) = self._unpack_uint16(rest)
        if version != 1:
            raise CaptureDamage(f"a section has version {version}, not 1")
        self.interfaces = []
        self._different = {}
        self._read_kinds = {
            uint32.pack(INTERFACE): self._read_interface,
            uint32.pack(OLD_PACKET): self._read_old_packet,
            uint32.pack(SIMPLE_PACKET): self._read_simple_packet,
            uint32.pack(PACKET): self._read_enhanced_packet,
        }

    def _read_interface(self, block):
        """Notes the four numbers of an interface; equal ones are one object."""
        if len(block) < _MIN_INTERFACE_BLOCK:
            raise CaptureDamage("an interface has no description")
        if len(self.interfaces) == MAX_INTERFACES:
            raise CaptureDamage(
                f"a section has more than {MAX_INTERFACES} interfaces"
            )
        link_type, snap_length = self._unpack_interface(block)
        resolution, offset = self._read_clock(block)
        interface = (link_type, resolution), snap_length, offset
        interface = self._different.setdefault(interface, interface)
        self.interfaces.append(interface)

    def _read_clock(self, block):
        """Looks through the options of an interface for those of its clock."""
        resolution, offset = MICROSECONDS, 0
        position, end = 8, len(block) - 4
        for _ in range(MAX_OPTIONS):
            if position + 4 > end:
                return resolution, offset
            code, length = self._unpack_option(block, position)
            value, position = position + 4, position + 4 + length
            if code == _END_OF_OPTIONS or position > end:
                return resolution, offset
            if code == _IF_TSRESOL and length == 1:
                base = 2 if block[value] & 0x80 else 10
                resolution = base ** (block[value] & 0x7F)
            elif code == _IF_TSOFFSET and length == 8:
                (offset,) = self._unpack_seconds(block, value)
            position += -length % 4
        raise CaptureDamage(f"an interface has more than {MAX_OPTIONS} options")

    def _read_enhanced_packet(self, block):
        if len(block) < _MIN_PACKET_BLOCK:
            raise CaptureDamage("a packet block is too short")
        interface, high, low, captured, length = self._unpack_packet(block)
        ticks = high << 32 | low
        return self._record(block, 20, captured, length, interface, ticks)

    def _read_old_packet(self, block):
        """As an enhanced packet, with a shorter number of the interface."""
        if len(block) < _MIN_PACKET_BLOCK:
            raise CaptureDamage("a packet block is too short")
        (interface,) = self._unpack_uint16(block)
        _, high, low, captured, length = self._unpack_packet(block)
        ticks = high << 32 | low
        return self._record(block, 20, captured, length, interface, ticks)

    def _read_simple_packet(self, block):
        """Without a time; a snap length of 0 is none."""
        if len(block) < 8:
            raise CaptureDamage("a packet block is too short")
        (length,) = self._unpack_uint32(block[:4])
        snap_length = self.interfaces[0][1] if self.interfaces else 0
        captured = min(length, snap_length or length)
        frame, _, _, kind = self._record(block, 4, captured, length, 0, ticks=0)
        self.untimed += 1
        return frame, 0, length, kind

    def _record(self, block, start, captured, length, interface, ticks):
        if captured > min(len(block) - 4 - start, MAX_FRAME_LENGTH):
            raise CaptureDamage(f"a packet claims {captured} captured bytes")
        try:
            kind, _, offset = self.interfaces[interface]
        except IndexError:
            raise CaptureDamage(
                f"a packet names interface {interface} of "
                f"{len(self.interfaces)}"
            ) from None
        if offset:
            ticks += offset * kind[1]
        return block[start : start + captured], ticks, length, kind
