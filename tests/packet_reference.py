"""The rules of preprocessing, one packet at a time and in the plainest way.

Written after the specification and not after `mtc_tf.packets`, which it is
compared with: no arrays, no chunks, nothing shared.
"""

import struct

PACKET_LENGTH = 1500

RAW_IP = (12, 14, 101)
LOOPBACK = (0, 108)
IPV4, IPV6, ARP = b"\x08\x00", b"\x86\xdd", b"\x08\x06"
# Link type -> where the EtherType stands, where the header ends.
ETHERTYPE_HEADERS = {
    1: (12, 14),
    104: (2, 4),
    113: (14, 16),
    138: (16, 18),
    276: (0, 20),
}
# Tag -> how many bytes there are up to the end of the next EtherType.
TAGS = {
    "8100": 4,
    "88a8": 4,
    "9100": 4,
    "9200": 4,
    "9300": 4,
    "88e7": 18,
    "8926": 6,
    "893f": 8,
}
MPLS = ("8847", "8848")
UNREAD = "22f3 4305 6558 880b 8870 88e5 8903 8909 894f".split()
PPP_UNREAD = (
    *(0x03, 0x05, 0x2D, 0x2F, 0x31, 0x3D, 0x53, 0x55),
    *(0x61, 0x63, 0x65, 0x67, 0x69, 0xFB, 0xFD),
)
MAX_HEADERS = 16

SERVICES = (
    ("dns", {53}),
    ("dhcp", {67, 68}),
    ("ntp", {123}),
    ("netbios", {137, 138, 139}),
    ("ssdp", {1900}),
    ("mdns", {5353}),
    ("llmnr", {5355}),
    ("dhcpv6", {546, 547}),
)


class Dropped(Exception):
    """The packet gives no row; the message is the reason."""


def reference_row(frame, link_type=1, wire_length=None, recipe="paper"):
    """Preprocesses one frame.

    Args:
        frame: bytes.
        link_type: int.
        wire_length: int, by default the length of the frame.
        recipe: str.

    Returns:
        Tuple of the row (1500 bytes), the drop reason, and whether the packet
        is truncated; row or reason is None.
    """
    missing = max(0, (wire_length or 0) - len(frame))
    strict = recipe == "strict"
    try:
        kind, packet = _strip_link(frame, link_type)
        parse = _parse_ipv4 if kind == IPV4 else _parse_ipv6
        header, protocol, body, lost = parse(packet, missing)
        transport, payload = _transport(protocol, body, lost, strict)
    except Dropped as reason:
        return None, str(reason), False
    if strict and kind == IPV4:
        header = header[:10] + bytes(10)
    if strict and kind == IPV6:
        header = header[:1] + bytes([header[1] & 0xF0, 0, 0]) + header[4:]
    row = (header + transport + payload)[:PACKET_LENGTH]
    row = row.ljust(PACKET_LENGTH, b"\0")
    if strict:
        behind = len(header) + len(transport)
        if protocol in (4, 33, 41, 47, 136):
            row = _hide(row, protocol, behind)
        if protocol == 17 and body[2:4] == b"\x12\xb5":
            row = _hide(row, "vxlan", behind)
    return row, None, lost > 0


# === The link layer ===


def _strip_link(frame, link_type):
    if link_type in ETHERTYPE_HEADERS:
        position, end = ETHERTYPE_HEADERS[link_type]
        kind = frame[position : position + 2].ljust(2, b"\0")
        if link_type in (1, 138):
            kind = _ethertype(kind)
        elif link_type in (113, 276) and kind < b"\x06":
            kind = "llc" if kind == b"\0\4" else None
    elif link_type in RAW_IP:
        end = 0
        kind = {4: IPV4, 6: IPV6}.get((frame or b"\0")[0] >> 4)
    elif link_type in (228, 229):
        end = 0
        kind = IPV4 if link_type == 228 else IPV6
    elif link_type in LOOPBACK:
        end = 4
        kind = None
        for order in ("big", "little"):
            family = int.from_bytes(frame[:4].ljust(4, b"\0"), order)
            if family == 2:
                kind = IPV4
            elif family in (10, 24, 28, 30):
                kind = IPV6
    elif link_type == 50 and frame[:1] in (b"\x0f", b"\x8f"):
        kind, end = frame[2:4].ljust(2, b"\0"), 4
    elif link_type in (9, 50):
        kind, end = "ppp", 0
    elif link_type == 51:
        kind, end = b"\x88\x64", 0
    else:
        raise Dropped("unknown_link_type")
    if len(frame) < end:
        raise Dropped("not_ip")
    return _behind_headers(kind, frame[end:])


def _behind_headers(kind, rest):
    """Goes through header after header, up to an IP packet."""
    for _ in range(MAX_HEADERS):
        if kind in (IPV4, IPV6):
            return kind, rest
        name = kind.hex() if isinstance(kind, bytes) else kind
        if name in TAGS:
            length = TAGS[name]
            following = _ethertype(rest[length - 2 : length])
        elif name in MPLS:
            length = 4
            following = kind
            if rest[2:3] and rest[2] % 2:
                following = {4: IPV4, 6: IPV6}.get(
                    rest[4] >> 4 if len(rest) > 4 else 0, "mpls content"
                )
        elif name == "8864":
            length = 6
            following = "ppp"
        elif name == "ppp":
            length, following = _ppp(rest)
        elif name == "llc":
            length, following = 0, None
            if rest.startswith(b"\xaa\xaa\x03\0\0\0"):
                length = 8
                following = rest[6:8] if rest[6:8] >= b"\x06" else None
            if rest.startswith(b"\6\6\3"):
                length, following = 3, IPV4
        else:
            break
        if len(rest) < length:
            raise Dropped("not_ip")
        kind, rest = following, rest[length:]
    if kind in (IPV4, IPV6):
        return kind, rest
    name = kind.hex() if isinstance(kind, bytes) else kind
    if name == "0806":
        raise Dropped("arp")
    headers = (*TAGS, *MPLS, "8864", "ppp", "llc")
    if name in (*headers, *UNREAD, "mpls content", "ppp content"):
        raise Dropped("unread_link_header")
    raise Dropped("not_ip")


def _ethertype(kind):
    """In 802.3, a length stands in the place of the EtherType."""
    if int.from_bytes(kind, "big") <= 1500:
        return "llc"
    return kind if kind >= b"\x06" else None


def _ppp(rest):
    start = 2 if rest[:2] == b"\xff\x03" else 0
    number = int.from_bytes(rest[start : start + 2], "big")
    length = start + 2
    if rest[start : start + 1] and rest[start] % 2:
        number, length = rest[start], start + 1
    if number in PPP_UNREAD:
        return length, "ppp content"
    known = {0x21: IPV4, 0x57: IPV6, 0x281: b"\x88\x47", 0x283: b"\x88\x48"}
    return length, known.get(number)


# === IP and what it carries ===


def _parse_ipv4(packet, missing):
    """Returns also how many bytes of the packet were not captured."""
    if len(packet) < 20 or packet[0] >> 4 != 4:
        raise Dropped("malformed")
    length = (packet[0] & 15) * 4
    (total,) = struct.unpack("!H", packet[2:4])
    lost = max(0, total - len(packet)) if total else missing
    packet = packet[:total] if total else packet
    if length < 20 or length > len(packet):
        raise Dropped("malformed")
    (fragment,) = struct.unpack("!H", packet[6:8])
    if fragment & 0x1FFF:
        raise Dropped("fragment")
    header = packet[:12] + bytes(8)
    return header, packet[9], packet[length:], lost


def _parse_ipv6(packet, missing):
    if len(packet) < 40 or packet[0] >> 4 != 6:
        raise Dropped("malformed")
    (payload,) = struct.unpack("!H", packet[4:6])
    lost = max(0, 40 + payload - len(packet)) if payload else missing
    body = packet[40 : 40 + payload] if payload else packet[40:]
    protocol = packet[6]
    while protocol in (0, 43, 44, 60):
        length = 8
        if protocol != 44 and len(body) > 1:
            length = (body[1] + 1) * 8
        if len(body) < length:
            raise Dropped("malformed")
        if protocol == 44 and struct.unpack("!H", body[2:4])[0] >> 3:
            raise Dropped("fragment")
        protocol, body = body[0], body[length:]
    return packet[:8] + bytes(32), protocol, body, lost


def _transport(protocol, body, lost, strict):
    """Returns the transport header of 20 bytes, or none, and the payload."""
    for number, reason in ((1, "icmp"), (58, "icmpv6"), (2, "igmp")):
        if protocol == number:
            raise Dropped(reason)
    if protocol not in (6, 17):
        if not body:
            raise Dropped("payload_cut" if lost else "empty_other")
        return b"", body
    if len(body) < (20 if protocol == 6 else 8):
        raise Dropped("malformed")
    offset = (body[12] >> 4) * 4 if protocol == 6 else 8
    if protocol == 6 and offset < 20:
        raise Dropped("malformed")
    ports = set(struct.unpack("!HH", body[:4]))
    for reason, service_ports in SERVICES:
        if ports & service_ports:
            raise Dropped(reason)
    if len(body) <= offset:
        if len(body) + lost > offset:
            raise Dropped("payload_cut")
        raise Dropped("empty_tcp" if protocol == 6 else "empty_udp")
    header, checksum = (body[:20], 16) if protocol == 6 else (body[:8], 6)
    if strict:
        header = header[:checksum] + b"\0\0" + header[checksum + 2 :]
    return header.ljust(20, b"\0"), body[offset:]


# === Inside of tunnels ===


def _hide(row, kind, at):
    """Clears what tells the ends of a packet that begins at a byte of a row.

    Args:
        row: bytes.
        kind: a protocol of IP (int), an EtherType in hex, or a name.
        at: int.

    Returns:
        bytes.
    """
    # Room for what headers claim beyond the row.
    row = bytearray(row + bytes(3000))

    def clear(first, last):
        row[first:last] = bytes(last - first)

    while kind is not None and at < PACKET_LENGTH:
        here, kind = kind, None
        if here in (4, "0800") and row[at] >> 4 == 4:
            end = at + max(20, (row[at] & 15) * 4)
            if (row[at + 6] & 0x1F, row[at + 7]) == (0, 0):
                kind = row[at + 9]
            clear(at + 10, end)
            at = end
        elif here in (41, "86dd") and row[at] >> 4 == 6:
            row[at + 1] &= 0xF0
            clear(at + 2, at + 4)
            clear(at + 8, at + 40)
            kind, at = row[at + 6], at + 40
        elif here in (0, 43, 60):
            kind, end = row[at], at + 8 * (1 + row[at + 1])
            clear(at, end)
            at = end
        elif here == 44:
            if (row[at + 2], row[at + 3] & 0xF8) == (0, 0):
                kind = row[at]
            clear(at, at + 8)
            at += 8
        elif here == 6:
            clear(at + 16, at + 18)
        elif here in (17, 33, 136):
            clear(at + 6, at + 8)
            if here == 17 and row[at + 2 : at + 4] == b"\x12\xb5":
                kind, at = "vxlan", at + 8
        elif here == 58:
            clear(at + 2, at + 4)
        elif here == 47 and not row[at] & 0x40 and not row[at + 1] & 7:
            protocol = row[at + 2 : at + 4].hex()
            number = bool(row[at] & 0x10)
            end = at + 4
            if row[at] & 0x80:
                clear(at + 4, at + 6)
                end += 4
            end += 4 * bool(row[at] & 0x20) + 4 * number
            kind = protocol
            if protocol in ("88be", "6558"):
                kind = "ethernet"
            if protocol == "88be" and number:
                end += 8
            at = end
        elif here == "22eb":
            kind, at = "ethernet", at + (20 if row[at + 11] & 1 else 12)
        elif here == "vxlan" and row[at] & 8:
            kind, at = "ethernet", at + 8
        elif here == "ethernet":
            clear(at, at + 12)
            kind, at = row[at + 12 : at + 14].hex(), at + 14
        elif here in ("8100", "88a8", "9100"):
            kind, at = row[at + 2 : at + 4].hex(), at + 4
    return bytes(row[:PACKET_LENGTH])
