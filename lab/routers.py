"""What the routers of a path do to a frame."""

_IPV4, _IPV6 = b"\x08\x00", b"\x86\xdd"
_HEADER = 14  # bytes of Ethernet before the packet
_TTL, _CHECKSUM = _HEADER + 8, _HEADER + 10  # of IPv4
_NEXT_HEADER, _HOP_LIMIT, _ICMP_TYPE = _HEADER + 6, _HEADER + 7, _HEADER + 40
_ICMPV6 = 58
# Messages of neighbour discovery, which count only with a hop limit of 255.
_DISCOVERY = range(133, 138)


def pass_routers(frame, count):
    """Takes one from the time to live, or hop limit, for each router.

    What is between neighbours stays as it is: ARP, neighbour discovery, and
    frames to more than one host.

    Args:
        frame: bytes. Ethernet.
        count: int. Number of routers.

    Returns:
        bytes, or None if a router gives the packet up.
    """
    kind = frame[12:14]
    if frame[0] & 1 or kind not in (_IPV4, _IPV6) or _is_discovery(frame):
        return frame
    place = _TTL if kind == _IPV4 else _HOP_LIMIT
    left = frame[place] - count
    if left < 1:
        return None
    passed = bytearray(frame)
    passed[place] = left
    if kind == _IPV4:
        # The time to live is the high byte of a word of the sum (RFC 1624).
        total = int.from_bytes(frame[_CHECKSUM : _CHECKSUM + 2]) + (count << 8)
        total = (total & 0xFFFF) + (total >> 16)
        passed[_CHECKSUM : _CHECKSUM + 2] = total.to_bytes(2)
    return bytes(passed)


def _is_discovery(frame):
    return (
        frame[12:14] == _IPV6
        and frame[_NEXT_HEADER] == _ICMPV6
        and frame[_ICMP_TYPE] in _DISCOVERY
    )
