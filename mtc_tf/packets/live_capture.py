"""Frames of a network interface, as they come and go on it."""

import errno
import mmap
import os
import select
import socket
import struct

from mtc_tf.errors import InputError
from mtc_tf.packets.frame_batch import FrameBatch
from mtc_tf.packets.frame_batches import CHUNK_FRAMES
from mtc_tf.packets.ring_frames import RingFrames

# Of <linux/if_packet.h>, <linux/if_ether.h> and <linux/if_arp.h>: what the
# module `socket` lacks.
_SOL_PACKET = 263
_RX_RING, _STATISTICS, _VERSION, _IGNORE_OUTGOING = 5, 6, 10, 23
_TPACKET_V3 = 2
_ALL_PROTOCOLS = 3
_LOOPBACK = 772
# By kind of interface the DLT of its frames: Ethernet; loopback, which has an
# Ethernet header; no header, as of tun and WireGuard. Of others the kernel
# leaves the header out.
_LINK_TYPES = {1: 1, _LOOPBACK: 1, 65534: 101}
_COOKED = 113

# What waits while the model computes: half a second of 1 Gbit/s.
_BLOCK_BYTES = 1024 * 1024
_BLOCKS = 64
# After which the kernel hands a block out that is not full.
_BLOCK_MILLISECONDS = 50
_PATIENCE_MILLISECONDS = 2 * _BLOCK_MILLISECONDS
# Counts where frames have slots of one size; here it must only fit.
_SLOT_BYTES = 2048
_RING = struct.pack(
    "7I",
    *(_BLOCK_BYTES, _BLOCKS),
    *(_SLOT_BYTES, _BLOCK_BYTES // _SLOT_BYTES * _BLOCKS),
    *(_BLOCK_MILLISECONDS, 0, 0),
)
# Frames, those dropped, and how often the ring was full.
_COUNTERS = struct.Struct("3I")
_REASONS = {errno.ENETDOWN: "the interface is down"}


class LiveCapture:
    """Reads the frames of a network interface, in both directions.

    The kernel writes them, with the time at which it saw them, into a ring of
    64 MiB that it shares with this process. The interface's settings stay: it
    is not made promiscuous.

    Args:
        interface: str. Its name, such as `eth0`.

    Attributes:
        dropped: int. Frames so far that found no room in the ring.

    Raises:
        InputError: if there is no such interface, or no right to read it.
    """

    def __init__(self, interface):
        self._interface = interface
        self.dropped = 0
        if not hasattr(socket, "AF_PACKET"):
            raise InputError(f"{interface}: interfaces are read on Linux only")
        try:
            self._socket, self._memory, link_type = _opened(interface)
        except PermissionError as error:
            raise InputError(
                f"{interface}: to read an interface takes root, or the "
                "capability CAP_NET_RAW"
            ) from error
        except OSError as error:
            raise InputError(
                f"{interface}: {error.strerror or error}"
            ) from error
        except ValueError as error:  # no UTF-8, or a zero in it
            raise InputError(
                f"{interface!r}: expected the name of an interface"
            ) from error
        self._ring = RingFrames(
            self._memory, _BLOCK_BYTES, link_type, link_type == _COOKED
        )
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)
        self._error = 0

    def close(self):
        """Gives the ring back."""
        self._memory.close()
        self._socket.close()

    def batches(self, is_ended):
        """Reads frames until it is told to end.

        Args:
            is_ended: callable without arguments -> bool. What has come before
                it turns true is still given.

        Yields:
            `FrameBatch`, of 4096 frames at most; an empty one if nothing has
            come for a tenth of a second.

        Raises:
            InputError: if the interface goes down, after all that came before.
        """
        number = 0
        for records in self._blocks(is_ended):
            for start in range(0, max(len(records), 1), CHUNK_FRAMES):
                part = records[start : start + CHUNK_FRAMES]
                yield FrameBatch.from_list(part, number)
                number += len(part)
        if self._error:
            reason = _REASONS.get(self._error) or os.strerror(self._error)
            raise InputError(f"{self._interface}: {reason}")

    def _blocks(self, is_ended):
        """Yields the frames of each block; none where none come."""
        while not (self._is_down() or is_ended()):
            yield self._next()
        # What lies in the ring, and no more.
        for _ in range(_BLOCKS):
            records = self._next()
            if not records:
                break
            yield records

    def _is_down(self):
        self._error = self._socket.getsockopt(
            socket.SOL_SOCKET, socket.SO_ERROR
        )
        return bool(self._error)

    def _next(self):
        records = self._ring.take()
        if records is None:
            self._poll.poll(_PATIENCE_MILLISECONDS)
            records = self._ring.take()
        # To read the counters sets them to zero.
        counters = self._socket.getsockopt(
            _SOL_PACKET, _STATISTICS, _COUNTERS.size
        )
        self.dropped += _COUNTERS.unpack(counters)[1]
        return records or []


def _opened(interface):
    """Opens a socket; returns it, its ring, and the DLT of its frames."""
    kind = _kind_of(interface)
    link_type = _LINK_TYPES.get(kind, _COOKED)
    packets = socket.socket(
        socket.AF_PACKET,
        socket.SOCK_DGRAM if link_type == _COOKED else socket.SOCK_RAW,
        # None, until it is bound to the interface.
        0,
    )
    try:
        packets.setsockopt(_SOL_PACKET, _VERSION, _TPACKET_V3)
        packets.setsockopt(_SOL_PACKET, _RX_RING, _RING)
        if kind == _LOOPBACK:
            # It sees each frame come that it sees go.
            packets.setsockopt(_SOL_PACKET, _IGNORE_OUTGOING, 1)
        packets.bind((interface, _ALL_PROTOCOLS))
        memory = mmap.mmap(packets.fileno(), _BLOCKS * _BLOCK_BYTES)
    except OSError:
        packets.close()
        raise
    return packets, memory, link_type


def _kind_of(interface):
    """The ARPHRD of an interface."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as packets:
        packets.bind((interface, 0))
        return packets.getsockname()[3]
