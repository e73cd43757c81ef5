"""The rules of preprocessing, one packet at a time and in the plainest way.

Written after the specification and not after `mtc_tf.packets`, which it is
compared with: no arrays, no chunks, nothing shared.
"""

import struct

PACKET_LENGTH = 1500

RAW_IP = (12, 14, 101)
LOOPBACK = (0, 108)
# Link type -> where the EtherType stands, where the header ends.
ETHERTYPE_HEADERS = {1: (12, 14), 113: (14, 16), 276: (0, 20)}

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
    wire_length = len(frame) if wire_length is None else wire_length
    try:
        version, packet = _strip_link(frame, link_type)
        cut = len(frame) < wire_length
        parse = _parse_ipv4 if version == 4 else _parse_ipv6
        header, protocol, body, truncated = parse(packet, cut)
        row = header + _transport(protocol, body, recipe)
    except Dropped as reason:
        return None, str(reason), False
    if recipe == "strict" and version == 4:
        row = row[:10] + b"\0\0" + row[12:]
    return row[:PACKET_LENGTH].ljust(PACKET_LENGTH, b"\0"), None, truncated


def _strip_link(frame, link_type):
    if link_type in ETHERTYPE_HEADERS:
        position, end = ETHERTYPE_HEADERS[link_type]
        kind = frame[position : position + 2]
        for _ in range(2):
            if kind in (b"\x81\x00", b"\x88\xa8", b"\x91\x00"):
                kind, end = frame[end + 2 : end + 4], end + 4
        if kind == b"\x88\x64":
            kind = _ppp_kind(frame[end + 6 : end + 8])
            end += 8
    elif link_type in RAW_IP:
        end = 0
        kind = {4: b"\x08\x00", 6: b"\x86\xdd"}.get((frame or b"\0")[0] >> 4)
    elif link_type in (228, 229):
        end = 0
        kind = b"\x08\x00" if link_type == 228 else b"\x86\xdd"
    elif link_type in LOOPBACK:
        end = 4
        family = frame[:4].ljust(4, b"\0")
        families = {
            n.to_bytes(4, order)
            for n in (10, 24, 28, 30)
            for order in ("big", "little")
        }
        if family in (b"\0\0\0\2", b"\2\0\0\0"):
            kind = b"\x08\x00"
        else:
            kind = b"\x86\xdd" if family in families else None
    elif link_type in (9, 50):
        end = 4 if frame[:2] == b"\xff\x03" else 2
        kind = _ppp_kind(frame[end - 2 : end])
    elif link_type == 51:
        end = 8
        kind = _ppp_kind(frame[6:8])
    else:
        raise Dropped("unknown_link_type")
    if len(frame) < end:
        raise Dropped("not_ip")
    if kind == b"\x08\x06":
        raise Dropped("arp")
    if kind not in (b"\x08\x00", b"\x86\xdd"):
        raise Dropped("not_ip")
    return (4 if kind == b"\x08\x00" else 6), frame[end:]


def _ppp_kind(protocol):
    return {b"\x00\x21": b"\x08\x00", b"\x00\x57": b"\x86\xdd"}.get(protocol)


def _parse_ipv4(packet, cut):
    if len(packet) < 20 or packet[0] >> 4 != 4:
        raise Dropped("malformed")
    length = (packet[0] & 15) * 4
    (total,) = struct.unpack("!H", packet[2:4])
    truncated = total > len(packet) if total else cut
    packet = packet[:total] if total else packet
    if length < 20 or length > len(packet):
        raise Dropped("malformed")
    (fragment,) = struct.unpack("!H", packet[6:8])
    if fragment & 0x1FFF:
        raise Dropped("fragment")
    header = packet[:12] + bytes(8)
    return header, packet[9], packet[length:], truncated


def _parse_ipv6(packet, cut):
    if len(packet) < 40 or packet[0] >> 4 != 6:
        raise Dropped("malformed")
    (payload,) = struct.unpack("!H", packet[4:6])
    truncated = 40 + payload > len(packet) if payload else cut
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
    return packet[:8] + bytes(32), protocol, body, truncated


def _transport(protocol, body, recipe):
    for number, reason in ((1, "icmp"), (58, "icmpv6"), (2, "igmp")):
        if protocol == number:
            raise Dropped(reason)
    if protocol not in (6, 17):
        return body
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
        raise Dropped("empty_tcp" if protocol == 6 else "empty_udp")
    header, checksum = (body[:20], 16) if protocol == 6 else (body[:8], 6)
    if recipe == "strict":
        header = header[:checksum] + b"\0\0" + header[checksum + 2 :]
    return header.ljust(20, b"\0") + body[offset:]
