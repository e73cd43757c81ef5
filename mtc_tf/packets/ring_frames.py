"""Frames in the memory that the kernel shares with a packet socket.

The layout is that of TPACKET_V3 in Linux, <linux/if_packet.h>: a ring of
blocks, each with a header and frames that say where the next one lies.
"""

import struct

_NANOSECONDS = 1_000_000_000
# What a block's status says of who may write to it.
_OF_KERNEL, _OF_USER = 0, 1
_STATUS = struct.Struct("I")
_STATUS_OFFSET = 8
# Number of frames, and where the first one lies.
_BLOCK = struct.Struct("II")
_BLOCK_OFFSET = 12
# Next one, seconds, nanoseconds, captured bytes, bytes on the wire, and behind
# the status where the bytes lie. They begin at the network header where the
# socket leaves the link header out.
_FRAME = struct.Struct("5I4xH")
# What the frame carries, an EtherType in network order, in `sockaddr_ll`.
_PROTOCOL_OFFSET = 50
# The header that Linux cooked captures (DLT 113) have, up to the EtherType.
_COOKED = bytes(14)


class RingFrames:
    """Takes frames out of the ring, block by block.

    Args:
        memory: the shared memory; a `mmap` or bytearray.
        block_bytes: int. Bytes of a block.
        link_type: int. The DLT of the frames.
        is_cooked: bool. Whether the frames come without their link headers, and
            are given as of Linux cooked captures.
    """

    def __init__(self, memory, block_bytes, link_type, is_cooked=False):
        self._memory = memory
        self._block_bytes = block_bytes
        self._interface = link_type, _NANOSECONDS
        self._is_cooked = is_cooked
        self._place = 0

    def take(self):
        """Takes the frames of the next block, and gives it back to the kernel.

        Returns:
            list of tuples as of `PcapFrames`; None if the kernel has not filled
            a block.
        """
        place = self._place
        (status,) = _STATUS.unpack_from(self._memory, place + _STATUS_OFFSET)
        if not status & _OF_USER:
            return None
        count, first = _BLOCK.unpack_from(self._memory, place + _BLOCK_OFFSET)
        records = self._records(count, place + first)
        _STATUS.pack_into(self._memory, place + _STATUS_OFFSET, _OF_KERNEL)
        self._place = (place + self._block_bytes) % len(self._memory)
        return records

    def _records(self, count, place):
        memory, records = self._memory, []
        for _ in range(count):
            step, seconds, fraction, captured, length, start = (
                _FRAME.unpack_from(memory, place)
            )
            begin = place + start
            frame = memory[begin : begin + captured]
            if self._is_cooked:
                protocol = place + _PROTOCOL_OFFSET
                frame = _COOKED + memory[protocol : protocol + 2] + frame
                length += len(_COOKED) + 2
            ticks = seconds * _NANOSECONDS + fraction
            records.append((frame, ticks, length, self._interface))
            place += step
        return records
