"""The headers that may stand between a link header and the IP packet."""

import numpy as np

from mtc_tf.packets.byte_rows import membership
from mtc_tf.packets.byte_rows import read_bytes
from mtc_tf.packets.byte_rows import read_uint16

IPV4 = 0x0800
IPV6 = 0x86DD
ARP = 0x0806
NOT_IP = 0
PPPOE = 0x8864
LABELS = _MPLS, _MPLS_MULTICAST = 0x8847, 0x8848

# Kinds without an EtherType get numbers beyond 16 bits.
LLC = 0x10000
PPP = 0x10001
MPLS_CONTENT = 0x10002
TOO_MANY = 0x10003
# Added to the protocols of PPP, which number otherwise.
PPP_PROTOCOL = 0x20000
_KINDS = 0x30000

# EtherType of a tag -> its bytes behind that EtherType, the last two of which
# hold the next one. 0x88e7 is followed by the customer's addresses.
TAGS = {
    0x8100: 4,  # 802.1Q
    0x88A8: 4,  # 802.1ad
    0x9100: 4,
    0x9200: 4,
    0x9300: 4,
    0x88E7: 18,  # 802.1ah
    0x8926: 6,  # VN-Tag
    0x893F: 8,  # 802.1BR
}
PPP_KINDS = {
    0x0021: IPV4,
    0x0057: IPV6,
    0x0281: _MPLS,
    0x0283: _MPLS_MULTICAST,
}

# The kinds of headers that are followed.
HEADERS = (*TAGS, *LABELS, PPPOE, PPP, LLC)

# More than networks use; a frame of nothing but tags is an attack on the time
# that is spent on it.
MAX_HEADERS = 16

# What may hold IP packets and is not read.
UNREAD = {
    MPLS_CONTENT: "MPLS with other content than IP",
    TOO_MANY: f"more than {MAX_HEADERS} tags",
    0x22F3: "TRILL",
    0x4305: "B.A.T.M.A.N.",
    0x6558: "transparent Ethernet bridging",
    0x880B: "PPP under an EtherType",
    0x8870: "jumbo LLC",
    0x88E5: "MACsec",
    0x8903: "FabricPath",
    0x8909: "Cisco metadata",
    0x894F: "NSH",
    PPP_PROTOCOL | 0x0003: "PPP ROHC",
    PPP_PROTOCOL | 0x0005: "PPP ROHC",
    PPP_PROTOCOL | 0x002D: "PPP with compressed TCP headers",
    PPP_PROTOCOL | 0x002F: "PPP with compressed TCP headers",
    PPP_PROTOCOL | 0x0031: "PPP bridging",
    PPP_PROTOCOL | 0x003D: "PPP multilink",
    PPP_PROTOCOL | 0x0053: "PPP encryption",
    PPP_PROTOCOL | 0x0055: "PPP encryption",
    PPP_PROTOCOL | 0x0061: "PPP with compressed IP headers",
    PPP_PROTOCOL | 0x0063: "PPP with compressed IP headers",
    PPP_PROTOCOL | 0x0065: "PPP with compressed IP headers",
    PPP_PROTOCOL | 0x0067: "PPP with compressed IP headers",
    PPP_PROTOCOL | 0x0069: "PPP with compressed IP headers",
    PPP_PROTOCOL | 0x00FB: "PPP compression",
    PPP_PROTOCOL | 0x00FD: "PPP compression",
}
IS_UNREAD = membership(UNREAD, _KINDS)


def follow_headers(data, positions, ends, kinds):
    """Follows tags, labels and the like up to the packet they stand before.

    Args:
        data: uint8 array, the chunk's bytes.
        positions: int64 array of shape `(frames,)`, where what the link
            header announces begins.
        ends: int64 array, where the frames end.
        kinds: int64 array, what it announces: an EtherType, `LLC`, `PPP`, or
            `NOT_IP`.

    Returns:
        Tuple of positions and kinds of the packets: an EtherType, one of
        `UNREAD`, or `NOT_IP`, also where a frame ends inside a header.
    """
    rows = np.flatnonzero(_IS_HEADER[kinds])
    if not len(rows):
        return positions, kinds
    positions, kinds = positions.copy(), kinds.copy()
    for _ in range(MAX_HEADERS):
        headers = read_bytes(data, positions[rows], ends[rows], _MAX_LENGTH)
        following = np.empty(len(rows), np.int64)
        for kind in set(kinds[rows].tolist()):
            which = kinds[rows] == kind
            lengths, next_kinds = _read_header(kind, headers[which])
            positions[rows[which]] += lengths
            following[which] = next_kinds
        kinds[rows] = following
        cut = rows[positions[rows] > ends[rows]]
        positions[cut], kinds[cut] = ends[cut], NOT_IP
        rows = rows[_IS_HEADER[kinds[rows]]]
        if not len(rows):
            break
    kinds[rows] = TOO_MANY
    return positions, kinds


def ethertype_or_llc(numbers):
    """Tells EtherTypes from the lengths that stand in their place in 802.3."""
    are_lengths = numbers < 1536
    if not are_lengths.any():
        return numbers
    lengths = np.where(numbers <= 1500, LLC, NOT_IP)
    return np.where(are_lengths, lengths, numbers)


def _read_header(kind, headers):
    """Reads a header of this kind in each row: its length, and what follows.

    Each may be one number for all.
    """
    if kind in TAGS:
        length = TAGS[kind]
        return length, ethertype_or_llc(read_uint16(headers, length - 2))
    if kind in LABELS:
        return 4, _behind_label(kind, headers)
    if kind == PPPOE:
        return 6, PPP
    if kind == PPP:
        return _read_ppp(headers)
    return _read_llc(headers)


def _behind_label(kind, headers):
    """Choice: nothing says what is labelled, but its first four bits."""
    is_last = headers[:, 2] & 1 == 1
    versions = headers[:, 4] >> 4
    kinds = np.full(len(headers), MPLS_CONTENT)
    kinds[versions == 4] = IPV4
    kinds[versions == 6] = IPV6
    return np.where(is_last, kinds, kind)


def _read_ppp(headers):
    """PPP, with or without the address and control bytes of HDLC.

    The first byte of a protocol is even, and left out where it is zero; then
    the one that is left is odd.
    """
    framed = read_uint16(headers, 0) == 0xFF03
    protocols = np.where(framed[:, None], headers[:, 2:4], headers[:, :2])
    is_short = protocols[:, 0] & 1 == 1
    numbers = np.where(is_short, protocols[:, 0], read_uint16(protocols, 0))
    kinds = PPP_PROTOCOL | numbers
    for number, kind in PPP_KINDS.items():
        kinds[numbers == number] = kind
    return 2 * framed + np.where(is_short, 1, 2), kinds


def _read_llc(headers):
    """802.2: IP stands behind SNAP, or has an access point of its own."""
    is_snap = (headers[:, :6] == SNAP).all(axis=1)
    is_ip = (headers[:, :3] == IP_ACCESS_POINT).all(axis=1)
    ethertypes = read_uint16(headers, 6)
    ethertypes[ethertypes < 1536] = NOT_IP
    kinds = np.where(is_ip, IPV4, NOT_IP)
    lengths = np.where(is_ip, 3, 0)
    return np.where(is_snap, 8, lengths), np.where(is_snap, ethertypes, kinds)


SNAP = np.frombuffer(b"\xaa\xaa\x03\0\0\0", np.uint8)
IP_ACCESS_POINT = np.frombuffer(b"\x06\x06\x03", np.uint8)
_IS_HEADER = membership(HEADERS, _KINDS)
_MAX_LENGTH = max(TAGS.values())
