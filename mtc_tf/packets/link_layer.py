"""Where the IP packet begins in a frame, by link type."""

import functools

import numpy as np

from mtc_tf.packets.byte_rows import read_bytes
from mtc_tf.packets.byte_rows import read_uint16

IPV4 = 0x0800
IPV6 = 0x86DD
ARP = 0x0806
NOT_IP = 0

_PPPOE_SESSION = 0x8864
_PPP_ETHERTYPES = {0x0021: IPV4, 0x0057: IPV6}
# BSD address families; the one of IPv6 differs from system to system.
_FAMILY_ETHERTYPES = {2: IPV4, 10: IPV6, 24: IPV6, 28: IPV6, 30: IPV6}
_VERSION_ETHERTYPES = {4: IPV4, 6: IPV6}

# The longest link header: Linux cooked v2, two VLAN tags, PPPoE.
_MAX_LENGTH = 20 + 2 * 4 + 8


def find_ip(frames):
    """Finds the IP packet in each frame.

    A frame that ends inside its link header is not IP.

    Args:
        frames: `FrameBatch`.

    Returns:
        Tuple of int64 array, where the packet begins in `frames.data` (not
        beyond the frame's end); int64 array, its EtherType, `NOT_IP` where the
        link layer has none; bool array, whether the link type is known.
    """
    ends = frames.starts + frames.lengths
    headers = read_bytes(frames.data, frames.starts, ends, _MAX_LENGTH)
    lengths = np.zeros(len(frames), np.int64)
    ethertypes = np.full(len(frames), NOT_IP)
    known = np.ones(len(frames), bool)
    for link_type in np.unique(frames.link_types).tolist():
        rows = frames.link_types == link_type
        if link_type in _READERS:
            read = _READERS[link_type]
            lengths[rows], ethertypes[rows] = read(headers[rows])
        else:
            known[rows] = False
    ethertypes[lengths > frames.lengths] = NOT_IP
    return np.minimum(frames.starts + lengths, ends), ethertypes, known


def _read_ethertype(headers, column, length):
    """Ethernet and its kin: an EtherType, then up to two tags, then PPPoE."""
    ethertypes = read_uint16(headers, column)
    lengths = np.full(len(headers), length)
    for _ in range(2):
        tagged = (
            (ethertypes == 0x8100)
            | (ethertypes == 0x88A8)
            | (ethertypes == 0x9100)
        )
        if not tagged.any():
            break
        ethertypes[tagged] = _uint16_at(headers[tagged], lengths[tagged] + 2)
        lengths[tagged] += 4
    pppoe = ethertypes == _PPPOE_SESSION
    if pppoe.any():
        protocols = _uint16_at(headers[pppoe], lengths[pppoe] + 6)
        ethertypes[pppoe] = _translate(protocols, _PPP_ETHERTYPES)
        lengths[pppoe] += 8
    return lengths, ethertypes


def _read_ppp(headers):
    """PPP, with or without the address and control bytes of HDLC."""
    framed = read_uint16(headers, 0) == 0xFF03
    protocols = np.where(
        framed, read_uint16(headers, 2), read_uint16(headers, 0)
    )
    return np.where(framed, 4, 2), _translate(protocols, _PPP_ETHERTYPES)


def _read_pppoe(headers):
    """PPPoE without Ethernet before it."""
    ethertypes = _translate(read_uint16(headers, 6), _PPP_ETHERTYPES)
    return 8, ethertypes


def _read_family(headers):
    """BSD loopback: an address family in the byte order of the writer."""
    families = np.ascontiguousarray(headers[:, :4])
    # Families are small: read in the wrong byte order, they are large.
    families = np.minimum(families.view("<u4"), families.view(">u4"))[:, 0]
    return 4, _translate(families, _FAMILY_ETHERTYPES)


def _read_version(headers):
    """Raw IP: nothing but the version in the first four bits."""
    return 0, _translate(headers[:, 0] >> 4, _VERSION_ETHERTYPES)


def _uint16_at(rows, columns):
    """Reads two bytes of each row, at a column of its own."""
    positions = np.arange(len(rows))
    high = rows[positions, columns].astype(np.int64)
    return high << 8 | rows[positions, columns + 1]


def _translate(numbers, ethertypes):
    translated = np.full(len(numbers), NOT_IP)
    for number, ethertype in ethertypes.items():
        translated[numbers == number] = ethertype
    return translated


# Each takes the first bytes of the frames, a row each, and returns the length
# of their link headers and their EtherTypes; each may be one number for all.
_READERS = {
    0: _read_family,  # NULL
    1: functools.partial(_read_ethertype, column=12, length=14),  # Ethernet
    9: _read_ppp,
    12: _read_version,  # raw IP, as OpenBSD and others number it
    14: _read_version,
    50: _read_ppp,  # PPP in HDLC framing
    51: _read_pppoe,
    101: _read_version,  # raw IP
    108: _read_family,  # LOOP
    113: functools.partial(_read_ethertype, column=14, length=16),  # cooked
    228: lambda headers: (0, IPV4),
    229: lambda headers: (0, IPV6),
    276: functools.partial(_read_ethertype, column=0, length=20),  # cooked v2
}
