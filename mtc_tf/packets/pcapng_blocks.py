"""pcapng as whole blocks, to be written again with a comment more."""

import dataclasses
import struct

from mtc_tf.packets.pcap_frames import CaptureDamage
from mtc_tf.packets.pcapng_frames import BYTE_ORDERS
from mtc_tf.packets.pcapng_frames import MAX_BLOCK_LENGTH
from mtc_tf.packets.pcapng_frames import OLD_PACKET
from mtc_tf.packets.pcapng_frames import PACKET
from mtc_tf.packets.pcapng_frames import PCAPNG_MAGIC
from mtc_tf.packets.pcapng_frames import SIMPLE_PACKET

PACKETS = (OLD_PACKET, SIMPLE_PACKET, PACKET)
# Kind and length before the content, and the length once more behind it.
_HEAD, _AROUND = 8, 12
# Of packets that have options: where the captured length stands in the block,
# and where the frame begins.
_CAPTURED_AT, _FRAME_AT = 20, 28
_SECTION_LENGTH_AT = 16
_COMMENT, _END_OF_OPTIONS = 1, 0
# An option's length has 16 bits.
_MOST_BYTES = 65_535


@dataclasses.dataclass(frozen=True)
class Block:
    """A block as it stands in a file.

    Args:
        kind: int. Such as `PACKET`.
        content: bytes between the two lengths.
        order: str. The byte order of its section, `<` or `>`.
    """

    kind: int
    content: bytes
    order: str

    def to_bytes(self):
        """Returns the block, bytes."""
        size = len(self.content) + _AROUND
        head = struct.pack(f"{self.order}2I", self.kind, size)
        return b"".join(
            [head, self.content, struct.pack(f"{self.order}I", size)]
        )

    def with_comment(self, text):
        """Adds an option to a packet, before those that it has.

        Args:
            text: str.

        Returns:
            `Block`; None for one that has no room for options.

        Raises:
            CaptureDamage: if the packet is longer than its block.
        """
        if self.kind == SIMPLE_PACKET:
            return None
        if len(self.content) < _FRAME_AT - _HEAD:
            raise CaptureDamage("a packet block is too short")
        (captured,) = struct.unpack_from(
            f"{self.order}I", self.content, _CAPTURED_AT - _HEAD
        )
        place = _FRAME_AT - _HEAD + captured + -captured % 4
        if place > len(self.content):
            raise CaptureDamage(f"a packet claims {captured} captured bytes")
        has_options = len(self.content) > place
        added = option(self.order, _COMMENT, text.encode()[:_MOST_BYTES])
        if not has_options:
            added += option(self.order, _END_OF_OPTIONS, b"")
        content = self.content[:place] + added + self.content[place:]
        if len(content) + _AROUND > MAX_BLOCK_LENGTH:
            return None
        return dataclasses.replace(self, content=content)

    def of_any_length(self):
        """Takes away from the head of a section how long that is."""
        start = _SECTION_LENGTH_AT - _HEAD
        unknown = b"\xff" * 8
        content = self.content[:start] + unknown + self.content[start + 8 :]
        return dataclasses.replace(self, content=content)


def option(order, code, value):
    """Returns an option of a block, bytes.

    Args:
        order: str. The byte order, `<` or `>`.
        code: int.
        value: bytes.
    """
    head = struct.pack(f"{order}2H", code, len(value))
    return head + value + bytes(-len(value) % 4)


def read_blocks(stream):
    """Reads a pcapng file block by block.

    Args:
        stream: binary file object, which stands behind the file's magic.

    Yields:
        `Block`.

    Raises:
        CaptureDamage: where the file is cut off or contradicts the format.
    """
    kind, order = PCAPNG_MAGIC, None
    while kind:
        length = stream.read(4)
        begun = b""
        # It reads the same in both byte orders, and tells that of the rest.
        if kind == PCAPNG_MAGIC:
            begun = stream.read(4)
            order = BYTE_ORDERS.get(begun)
            if order is None:
                raise CaptureDamage("a section has no byte order mark")
        content = begun + _rest(stream, order, length, len(begun))
        (number,) = struct.unpack(f"{order}I", kind.ljust(4, b"\0"))
        if kind == PCAPNG_MAGIC and len(content) < _HEAD + _HEAD:
            raise CaptureDamage("a section header is too short")
        yield Block(number, content, order)
        kind = stream.read(4)


def _rest(stream, order, length, read):
    """The content of a block, of which `read` bytes are read."""
    if len(length) < 4:
        raise CaptureDamage("the file ends inside a block header")
    (size,) = struct.unpack(f"{order}I", length)
    if not _AROUND + read <= size <= MAX_BLOCK_LENGTH or size % 4:
        raise CaptureDamage(f"a block claims {size} bytes")
    rest = stream.read(size - _HEAD - read)
    if len(rest) < size - _HEAD - read:
        raise CaptureDamage("the file ends inside a block")
    if not rest.endswith(length):
        raise CaptureDamage("the two lengths of a block differ")
    return rest[:-4]
