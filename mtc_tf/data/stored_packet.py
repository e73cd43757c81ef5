"""A packet as a prepared dataset stores it: without the zeros that fill it up.

TFDS's encoding `zlib` gives rows of one length back whatever their stored
length, to readers that know nothing of this project. To compress packets takes
longer than all else, and most are encrypted; so the zlib stream (RFC 1950) of a
packet has its bytes as a block that is stored as it is, and behind it a block
that says how many zeros follow:

    78 01                  header of a stream
    00 LEN NLEN bytes      a stored block (RFC 1951), not the last one
    block of zeros         a table has it by their number
    ADLER                  the checksum of all 1500 bytes
"""

import functools
import zlib

import numpy as np

from mtc_tf.packets.byte_rows import PACKET_LENGTH

# What every packet that is stored so begins with.
STORED = b"\x78\x01\x00"
# In front of the packet's bytes: it, and their number twice.
HEAD_BYTES = len(STORED) + 4

_CHECKSUM_BYTES = 4
_ADLER_BASE = 65521


def pack_packets(packets):
    """Makes the streams of packets, in pieces that need only be joined.

    Args:
        packets: list of bytes. Packets without the zeros behind them.

    Returns:
        tuple `(sizes, heads, tails, checksums)`: an int array of the lengths of
        the streams, a uint8 array `(packets, HEAD_BYTES)`, and two lists of
        bytes, what follows the packet's own.
    """
    lengths = np.fromiter(map(len, packets), np.int64, len(packets))
    heads = np.empty((len(packets), HEAD_BYTES), np.uint8)
    heads[:, : len(STORED)] = np.frombuffer(STORED, np.uint8)
    numbers = np.stack([lengths, ~lengths], axis=1).astype("<u2")
    heads[:, len(STORED) :] = numbers.view(np.uint8)
    zeros = PACKET_LENGTH - lengths
    blocks, block_sizes = _blocks_of_zeros()
    tails = [blocks[count] for count in zeros.tolist()]
    checksums = _checksums(packets, zeros).astype(">u4").view("V4").tolist()
    sizes = HEAD_BYTES + lengths + block_sizes[zeros] + _CHECKSUM_BYTES
    return sizes, heads, tails, checksums


def unpack_packets(streams):
    """Gives packets back from their streams, of this module or of TFDS.

    Args:
        streams: list of bytes.

    Returns:
        uint8 array `(packets, 1500)`.

    Raises:
        ValueError: if one is none, or is of another length.
    """
    try:
        content = b"".join(map(zlib.decompress, streams))
    except zlib.error as error:
        raise ValueError(f"a packet cannot be read: {error}") from error
    return np.frombuffer(content, np.uint8).reshape(-1, PACKET_LENGTH)


def _checksums(packets, zeros):
    """Adler-32 of packets and the zeros behind them."""
    sums = np.fromiter(map(zlib.adler32, packets), np.int64, len(packets))
    low, high = sums & 0xFFFF, sums >> 16
    # A zero adds nothing to the one sum, and that sum to the other.
    return (high + zeros * low) % _ADLER_BASE << 16 | low


@functools.cache
def _blocks_of_zeros():
    """The last block of a stream for each number of zeros, and its length."""
    blocks = []
    for count in range(PACKET_LENGTH + 1):
        # Huffman codes that the format fixes, and no header: wbits < 0.
        packer = zlib.compressobj(wbits=-15, strategy=zlib.Z_FIXED)
        blocks.append(packer.compress(bytes(count)) + packer.flush())
    return blocks, np.array(list(map(len, blocks)))
