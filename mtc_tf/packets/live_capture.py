"""Frames of a network interface, as the kernel hands them out."""

import mmap
import select
import socket
import struct

from mtc_tf.errors import InputError
from mtc_tf.packets.frame_batch import FrameBatch
from mtc_tf.packets.ring_frames import RingFrames

# Of <linux/if_packet.h> and <linux/if_arp.h>; the module socket lacks them.
_SOL_PACKET = 263
_PACKET_RX_RING, _PACKET_STATISTICS, _PACKET_VERSION = 5, 6, 10
_PACKET_IGNORE_OUTGOING = 23
_TPACKET_V3 = 2
_ALL_PROTOCOLS = 3
_ETHERNET, _LOOPBACK, _NO_HEADER = 1, 772, 65534

# 64 MiB wait while the model computes: a second at 500 Mbit/s.
_BLOCK_BYTES = 1024 * 1024
_BLOCKS = 64
# Hands a block out that is not full.
_BLOCK_MILLISECONDS = 50
