"""Packets and captures written byte by byte, for tests."""

import struct

PCAP_MAGICS = {  # (byte order, nanoseconds) -> the magic, as it stands there
    ("<", False): bytes.fromhex("d4c3b2a1"),
    (">", False): bytes.fromhex("a1b2c3d4"),
    ("<", True): bytes.fromhex("4d3cb2a1"),
    (">", True): bytes.fromhex("a1b23c4d"),
}


def ethernet(payload, ethertype=0x0800, tags=()):
    """An Ethernet frame; `tags` are the EtherTypes of VLAN tags."""
    kinds = b"".join(struct.pack("!HH", tag, 7) for tag in tags)
    return bytes(12) + kinds + struct.pack("!H", ethertype) + payload


def ipv4(payload, protocol=6, options=b"", **fields):
    """An IPv4 packet from 10.0.0.1 to 10.0.0.2; `fields` override it."""
    header_length = 20 + len(options)
    return (
        struct.pack(
            "!BBHHHBBH4s4s",
            fields.get("version_length", 0x40 | header_length // 4),
            0,
            fields.get("total", header_length + len(payload)),
            fields.get("id", 0x1234),
            fields.get("fragment", 0),
            fields.get("ttl", 64),
            protocol,
            fields.get("checksum", 0xABCD),
            fields.get("source", bytes((10, 0, 0, 1))),
            fields.get("destination", bytes((10, 0, 0, 2))),
        )
        + options
        + payload
    )


def ipv6(payload, protocol=6, **fields):
    """An IPv6 packet from 2001::1 to 2001::2; `fields` override it."""
    return (
        struct.pack(
            "!IHBB",
            0x60000000 | fields.get("flow_label", 0),
            fields.get("length", len(payload)),
            protocol,
            fields.get("ttl", 64),
        )
        + fields.get("source", bytes.fromhex("2001" + "00" * 13 + "01"))
        + fields.get("destination", bytes.fromhex("2001" + "00" * 13 + "02"))
        + payload
    )


def tcp(payload=b"data", ports=(40000, 443), options=b"", offset=None):
    """A TCP segment; `offset` overrides its data offset."""
    offset = 5 + len(options) // 4 if offset is None else offset
    return (
        struct.pack(
            "!HHIIBBHHH",
            *ports,
            0x11111111,
            0x22222222,
            offset << 4,
            0x18,
            0x3333,
            0x4444,
            0x5555,
        )
        + options
        + payload
    )


def udp(payload=b"data", ports=(40000, 443)):
    """A UDP datagram."""
    return struct.pack("!HHHH", *ports, 8 + len(payload), 0x6666) + payload


def snap(payload, ethertype=0x0800):
    """What stands behind an 802.3 length: 802.2 with SNAP."""
    return (
        bytes.fromhex("aaaa03000000") + struct.pack("!H", ethertype) + payload
    )


def mpls(payload, labels=1):
    """A stack of labels; the last one is marked as the last."""
    stack = [0x00064040] * (labels - 1) + [0x00064140]
    return struct.pack(f"!{labels}I", *stack) + payload


def pppoe(payload):
    """A session of PPPoE; the payload begins with PPP's protocol."""
    return struct.pack("!BBHH", 0x11, 0, 1, len(payload)) + payload


def gre(payload, ethertype=0x0800, checksum=None, key=None, number=None):
    """A GRE packet of version 0; None leaves a field out."""
    flags, fields = 0, b""
    if checksum is not None:
        flags |= 0x8000
        fields += struct.pack("!HH", checksum, 0)
    if key is not None:
        flags |= 0x2000
        fields += struct.pack("!I", key)
    if number is not None:
        flags |= 0x1000
        fields += struct.pack("!I", number)
    return struct.pack("!HH", flags, ethertype) + fields + payload


def vxlan(frame):
    """A VXLAN header before an Ethernet frame."""
    return struct.pack("!II", 0x08000000, 77 << 8) + frame


def pcap(
    frames,
    link_type=1,
    byte_order="<",
    nanoseconds=False,
    fractions=None,
    wire_lengths=None,
):
    """A pcap file; packet i was captured at second i."""
    fractions = fractions or [0] * len(frames)
    wire_lengths = wire_lengths or list(map(len, frames))
    parts = [
        PCAP_MAGICS[byte_order, nanoseconds],
        struct.pack(f"{byte_order}HHiIII", 2, 4, 0, 0, 65535, link_type),
    ]
    for second, frame in enumerate(frames):
        lengths = len(frame), wire_lengths[second]
        fields = second, fractions[second], *lengths
        parts += struct.pack(f"{byte_order}IIII", *fields), frame
    return b"".join(parts)


class PcapNg:
    """Builds the blocks of a pcapng section."""

    def __init__(self, byte_order="<"):
        self._order = byte_order

    def block(self, kind, body):
        body += bytes(-len(body) % 4)
        length = self._pack("I", len(body) + 12)
        return self._pack("I", kind) + length + body + length

    def section(self):
        return self.block(0x0A0D0D0A, self._pack("IHHq", 0x1A2B3C4D, 1, 0, -1))

    def interface(self, link_type=1, snap_length=0, options=b""):
        return self.block(
            1, self._pack("HHI", link_type, 0, snap_length) + options
        )

    def option(self, code, value):
        length = len(value)
        return self._pack("HH", code, length) + value + bytes(-length % 4)

    def packet(self, frame, ticks=0, interface=0, captured=None, options=b""):
        """An enhanced packet block; `captured` overrides its length."""
        captured = len(frame) if captured is None else captured
        return self.block(
            6,
            self._pack(
                "5I",
                interface,
                ticks >> 32,
                ticks & 0xFFFFFFFF,
                captured,
                len(frame),
            )
            + frame
            + bytes(-len(frame) % 4)
            + options,
        )

    def old_packet(self, frame, ticks=0, interface=0):
        return self.block(
            2,
            self._pack(
                "HHIIII",
                interface,
                0,
                ticks >> 32,
                ticks & 0xFFFFFFFF,
                len(frame),
                len(frame),
            )
            + frame,
        )

    def simple_packet(self, frame, wire_length=None):
        wire_length = len(frame) if wire_length is None else wire_length
        return self.block(3, self._pack("I", wire_length) + frame)

    def _pack(self, form, *values):
        return struct.pack(self._order + form, *values)
