"""Headers inside of tunnels: what tells who talks to whom."""

import tensorflow as tf

from mtc_tf.frame_graph.frame_bytes import is_one_of
from mtc_tf.frame_graph.frame_bytes import read_byte
from mtc_tf.frame_graph.frame_bytes import read_uint16
from mtc_tf.packets.ip_packets import IPV4_LENGTH
from mtc_tf.packets.ip_packets import IPV6_LENGTH
from mtc_tf.packets.transport_packets import TRANSPORT_LENGTH
from mtc_tf.packets.tunnels import ETHERNET
from mtc_tf.packets.tunnels import FIRST_KINDS
from mtc_tf.packets.tunnels import FOLLOWED_KINDS
from mtc_tf.packets.tunnels import NOTHING
from mtc_tf.packets.tunnels import VXLAN
from mtc_tf.packets.tunnels import VXLAN_PORT

# The part of a header that is read.
_WIDTH = 14


def zero_tunnelled_addresses(rows, is_kept, ip, transport):
    """Sets the addresses and checksums of packets inside of packets to zero.

    Args:
        rows: uint8 tensor `(packets, 1500)`.
        is_kept: bool tensor `(packets,)`. The packets to look at.
        ip: `IPPackets` of the same packets.
        transport: `TransportPackets` of the same packets.

    Returns:
        uint8 tensor `(packets, 1500)`, as of
        `mtc_tf.packets.tunnels.zero_tunnelled_addresses`.

    Paper: Section 3.2.1, step (2).
    """
    is_vxlan = transport.is_udp & (transport.destination_ports == VXLAN_PORT)
    kinds = tf.where(is_vxlan, VXLAN, ip.protocols)
    kinds = tf.where(is_kept & is_one_of(kinds, FIRST_KINDS), kinds, NOTHING)
    columns = tf.where(ip.is_ipv6, IPV6_LENGTH, IPV4_LENGTH)
    columns += tf.where(transport.is_udp, TRANSPORT_LENGTH, 0)

    def is_left(rows, columns, kinds):
        return tf.reduce_any(kinds != NOTHING)

    def step(rows, columns, kinds):
        rows, lengths, following = _step(rows, columns, kinds)
        columns += lengths
        goes_on = is_one_of(following, FOLLOWED_KINDS)
        goes_on &= (columns < rows.shape[1]) & (kinds != NOTHING)
        return rows, columns, tf.where(goes_on, following, NOTHING)

    rows, _, _ = tf.while_loop(is_left, step, (rows, columns, kinds))
    return rows


def _step(rows, columns, kinds):
    """Zeroes what is to be zeroed in one header of each row.

    Returns:
        tuple of rows, the lengths of the headers, and what comes next.
    """
    headers = _headers(rows, columns)
    places = tf.range(rows.shape[1]) - columns[:, tf.newaxis]
    lengths, following = tf.zeros_like(kinds), tf.zeros_like(kinds) + NOTHING
    goes = tf.zeros_like(rows, tf.bool)
    for own_kinds, read in _STEPS:
        is_own = is_one_of(kinds, own_kinds)
        own_lengths, own_following, zeroed = read(headers)
        lengths = tf.where(is_own, own_lengths, lengths)
        following = tf.where(is_own, own_following, following)
        for first, last, where in zeroed:
            last = tf.where(is_own & where, last, first)[:, tf.newaxis]
            goes |= (places >= first) & (places < last)
    # Of the second byte of an IPv6 header the lower half is flow label.
    is_label = (kinds == 41) | (kinds == 0x86DD)
    is_label &= read_byte(headers, 0) // 16 == 6
    is_half = is_label[:, tf.newaxis] & (places == 1)
    rows = tf.where(is_half, rows & 0xF0, rows)
    return tf.where(goes, tf.zeros_like(rows), rows), lengths, following


def _headers(rows, columns):
    """The first bytes of headers, zeros behind the row; uint8 `(rows, 14)`."""
    padded = tf.pad(rows, [[0, 0], [0, _WIDTH]])
    columns = tf.minimum(columns, rows.shape[1])[:, tf.newaxis]
    return tf.gather(padded, columns + tf.range(_WIDTH), batch_dims=1)


# Each reads headers of its kind: their lengths, what comes next, and which
# bytes go, as tuples of first, behind the last, and where.


def _ipv4(headers):
    first = read_byte(headers, 0)
    is_ipv4 = first // 16 == 4
    lengths = tf.maximum(first % 16 * 4, IPV4_LENGTH)
    is_later = read_uint16(headers, 6) % 0x2000 > 0
    following = tf.where(is_ipv4 & ~is_later, read_byte(headers, 9), NOTHING)
    return lengths, following, [(10, lengths, is_ipv4)]


def _ipv6(headers):
    is_ipv6 = read_byte(headers, 0) // 16 == 6
    following = tf.where(is_ipv6, read_byte(headers, 6), NOTHING)
    return IPV6_LENGTH, following, [(2, 4, is_ipv6), (8, 40, is_ipv6)]


def _extension(headers):
    lengths = (read_byte(headers, 1) + 1) * 8
    return lengths, read_byte(headers, 0), [(0, lengths, True)]


def _fragment(headers):
    is_later = read_uint16(headers, 2) // 8 > 0
    following = tf.where(is_later, NOTHING, read_byte(headers, 0))
    return 8, following, [(0, 8, True)]


def _tcp(headers):
    return TRANSPORT_LENGTH, NOTHING, [(16, 18, True)]


def _udp(headers):
    is_vxlan = read_uint16(headers, 2) == VXLAN_PORT
    return 8, tf.where(is_vxlan, VXLAN, NOTHING), [(6, 8, True)]


def _dccp_or_udp_lite(headers):
    return 8, NOTHING, [(6, 8, True)]


def _icmpv6(headers):
    return 4, NOTHING, [(2, 4, True)]


def _gre(headers):
    flags, ethertypes = read_uint16(headers, 0), read_uint16(headers, 2)
    has_checksum, has_key = flags // 0x8000, flags // 0x2000 % 2
    has_number = flags // 0x1000 % 2
    is_known = (flags // 0x4000 % 2 == 0) & (flags % 8 == 0)
    lengths = 4 * (1 + has_checksum + has_key + has_number)
    is_mirror = ethertypes == 0x88BE
    lengths += tf.where(is_mirror & (has_number == 1), 8, 0)
    is_ethernet = is_mirror | (ethertypes == 0x6558)
    following = tf.where(is_ethernet, ETHERNET, _ethertypes(ethertypes))
    return (
        lengths,
        tf.where(is_known, following, NOTHING),
        [(4, 6, is_known & (has_checksum == 1))],
    )


def _erspan3(headers):
    return 12 + 8 * (read_byte(headers, 11) % 2), ETHERNET, []


def _vxlan(headers):
    has_content = read_byte(headers, 0) // 8 % 2 == 1
    return 8, tf.where(has_content, ETHERNET, NOTHING), []


def _ethernet(headers):
    return 14, _ethertypes(read_uint16(headers, 12)), [(0, 12, True)]


def _tag(headers):
    return 4, _ethertypes(read_uint16(headers, 2)), []


def _ethertypes(numbers):
    return tf.where(numbers < 1536, NOTHING, numbers)


_STEPS = (
    ((4, 0x0800), _ipv4),
    ((41, 0x86DD), _ipv6),
    ((0, 43, 60), _extension),
    ((44,), _fragment),
    ((6,), _tcp),
    ((17,), _udp),
    ((33, 136), _dccp_or_udp_lite),
    ((58,), _icmpv6),
    ((47,), _gre),
    ((0x22EB,), _erspan3),
    ((VXLAN,), _vxlan),
    ((ETHERNET,), _ethernet),
    ((0x8100, 0x88A8, 0x9100), _tag),
)
