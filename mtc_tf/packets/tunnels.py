"""Headers inside of tunnels: what tells who talks to whom."""

import numpy as np

from mtc_tf.packets.byte_rows import membership
from mtc_tf.packets.ip_packets import IPV4_LENGTH
from mtc_tf.packets.ip_packets import IPV6_LENGTH
from mtc_tf.packets.transport_packets import TRANSPORT_LENGTH

VXLAN_PORT = 4789

# What comes next in a row: a protocol of IP (below 256), an EtherType (from
# 1536), or one of these.
ETHERNET, VXLAN, NOTHING = 256, 257, 258
_KINDS = 2**16


def zero_tunnelled_addresses(rows, ip, transport):
    """Sets the addresses and checksums of packets inside of packets to zero.

    A row that begins with an IP header of protocol 47 and goes on with
    `00000800 45000044 00070000 4011eb4e c0a80701 c0a80702 9c409c41 0030abcd`
    goes on with
    `00000800 45000044 00070000 40110000 00000000 00000000 9c409c41 00300000`.

    Choice: followed are IP in IP (protocols 4 and 41), GRE (47) with IP,
    Ethernet or ERSPAN inside, and VXLAN (UDP port 4789), nested as they come.
    Zeroed are the addresses and checksums of Ethernet and IP, flow labels,
    options and extension headers, and the checksums of GRE and of transports
    over a pseudo header, from which sums of addresses follow. The checksums
    of DCCP and UDP-Lite are of that kind outside of tunnels, too.

    Args:
        rows: uint8 array of shape `(packets, 1500)`, of `cut_and_pad`.
        ip: `IPPackets` of the same packets.
        transport: `TransportPackets` of the same packets.

    Returns:
        uint8 array of shape `(packets, 1500)`.

    Paper: Section 3.2.1, step (2).
    """
    is_vxlan = transport.is_udp & (transport.destination_ports == VXLAN_PORT)
    kinds = np.where(is_vxlan, VXLAN, ip.protocols.astype(np.int64))
    which = np.flatnonzero(_IS_FIRST[kinds])
    if not len(which):
        return rows
    rows = rows.copy()
    columns = np.where(ip.versions == 6, IPV6_LENGTH, IPV4_LENGTH)
    columns += np.where(transport.is_udp, TRANSPORT_LENGTH, 0)
    columns, kinds = columns[which], kinds[which]
    while len(which):
        next_kinds = np.empty(len(which), np.int64)
        for kind in set(kinds.tolist()):
            same = kinds == kind
            headers = _Headers(rows, which[same], columns[same])
            lengths, next_kinds[same] = _STEPS[kind](headers)
            columns[same] += lengths
        # Each step goes on by at least four bytes, or ends.
        goes_on = _IS_FOLLOWED[next_kinds] & (columns < rows.shape[1])
        which, columns = which[goes_on], columns[goes_on]
        kinds = next_kinds[goes_on]
    return rows


class _Headers:
    """Headers that begin at a column of its own in each row.

    Where a header reaches beyond its row, zeros are read and nothing is
    written.
    """

    def __init__(self, rows, which, columns):
        self._rows, self._which, self._columns = rows, which, columns

    def byte(self, offset):
        columns = self._columns + offset
        width = self._rows.shape[1]
        values = self._rows[self._which, np.minimum(columns, width - 1)]
        return np.where(columns < width, values, 0).astype(np.int64)

    def uint16(self, offset):
        return self.byte(offset) << 8 | self.byte(offset + 1)

    def zero(self, begins, ends, where=True):
        """Sets the bytes from begin to end to zero, in headers as `where`."""
        firsts = self._columns + begins
        lasts = np.minimum(self._columns + ends, self._rows.shape[1])
        counts = np.where(where, np.maximum(lasts - firsts, 0), 0)
        steps = np.arange(counts.sum())
        steps -= np.repeat(np.cumsum(counts) - counts, counts)
        columns = np.repeat(firsts, counts) + steps
        self._rows[np.repeat(self._which, counts), columns] = 0

    def keep_upper_bits(self, offset, where):
        """Clears the lower four bits of a byte."""
        columns = self._columns + offset
        where = where & (columns < self._rows.shape[1])
        self._rows[self._which[where], columns[where]] &= 0xF0


# Each zeroes what is to be zeroed in headers of its kind, and returns their
# lengths and what comes next; each may be one number for all.


def _ipv4(headers):
    first = headers.byte(0)
    is_ipv4 = first >> 4 == 4
    lengths = np.maximum((first & 0x0F) * 4, IPV4_LENGTH)
    is_later = headers.uint16(6) & 0x1FFF > 0
    protocols = np.where(is_ipv4 & ~is_later, headers.byte(9), NOTHING)
    # The checksum, the addresses, and the options, which can hold addresses.
    headers.zero(10, lengths, is_ipv4)
    return lengths, protocols


def _ipv6(headers):
    is_ipv6 = headers.byte(0) >> 4 == 6
    headers.keep_upper_bits(1, is_ipv6)
    headers.zero(2, 4, is_ipv6)
    headers.zero(8, IPV6_LENGTH, is_ipv6)
    return IPV6_LENGTH, np.where(is_ipv6, headers.byte(6), NOTHING)


def _extension(headers):
    kinds = headers.byte(0)
    lengths = (headers.byte(1) + 1) * 8
    headers.zero(0, lengths)
    return lengths, kinds


def _fragment(headers):
    is_later = headers.uint16(2) >> 3 > 0
    kinds = np.where(is_later, NOTHING, headers.byte(0))
    headers.zero(0, 8)
    return 8, kinds


def _tcp(headers):
    headers.zero(16, 18)
    return TRANSPORT_LENGTH, NOTHING


def _udp(headers):
    is_vxlan = headers.uint16(2) == VXLAN_PORT
    headers.zero(6, 8)
    return 8, np.where(is_vxlan, VXLAN, NOTHING)


def _dccp_or_udp_lite(headers):
    headers.zero(6, 8)
    return 8, NOTHING


def _icmpv6(headers):
    headers.zero(2, 4)
    return 4, NOTHING


def _gre(headers):
    flags, ethertypes = headers.uint16(0), headers.uint16(2)
    has_checksum, has_key = flags >> 15 & 1, flags >> 13 & 1
    has_number = flags >> 12 & 1
    # Other versions, and routes, which have no fixed length.
    is_known = flags & 0x4007 == 0
    headers.zero(4, 6, is_known & (has_checksum == 1))
    lengths = 4 * (1 + has_checksum + has_key + has_number)
    is_mirror = ethertypes == 0x88BE
    # ERSPAN of type I has no header and no number in that of GRE.
    lengths += np.where(is_mirror & (has_number == 1), 8, 0)
    is_ethernet = is_mirror | (ethertypes == 0x6558)
    kinds = np.where(is_ethernet, ETHERNET, _ethertypes(ethertypes))
    return lengths, np.where(is_known, kinds, NOTHING)


def _erspan3(headers):
    return 12 + 8 * (headers.byte(11) & 1), ETHERNET


def _vxlan(headers):
    return 8, np.where(headers.byte(0) & 8 > 0, ETHERNET, NOTHING)


def _ethernet(headers):
    headers.zero(0, 12)
    return 14, _ethertypes(headers.uint16(12))


def _tag(headers):
    return 4, _ethertypes(headers.uint16(2))


def _ethertypes(numbers):
    return np.where(numbers < 1536, NOTHING, numbers)


_FIRST_STEPS = {4: _ipv4, 33: _dccp_or_udp_lite, 41: _ipv6, 47: _gre}
_FIRST_STEPS |= {136: _dccp_or_udp_lite, VXLAN: _vxlan}
_STEPS = _FIRST_STEPS | {
    0: _extension,
    6: _tcp,
    17: _udp,
    43: _extension,
    44: _fragment,
    58: _icmpv6,
    60: _extension,
    ETHERNET: _ethernet,
    0x0800: _ipv4,
    0x22EB: _erspan3,
    0x8100: _tag,
    0x86DD: _ipv6,
    0x88A8: _tag,
    0x9100: _tag,
}
# What a tunnel begins with, and what is followed in it.
FIRST_KINDS = tuple(_FIRST_STEPS)
FOLLOWED_KINDS = tuple(_STEPS)
_IS_FIRST = membership(FIRST_KINDS, _KINDS)
_IS_FOLLOWED = membership(FOLLOWED_KINDS, _KINDS)
