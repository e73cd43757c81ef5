"""Conversations -> IP packets, byte by byte."""

import dataclasses
import struct

from scapy.utils import checksum

_TCP, _UDP = 6, 17
_FIN, _SYN, _PSH, _ACK = 0x01, 0x02, 0x08, 0x10
_HEADERS = 20 + 20  # bytes of IPv4 and TCP without options
_TIMESTAMP_OPTION = b"\x01\x01\x08\x0a" + bytes(8)


@dataclasses.dataclass(frozen=True)
class End:
    """One end of a conversation.

    Args:
        address: bytes. IPv4 address.
        port: int.
        ttl: int. Time to live of its packets where they are captured.
        window: int. What its TCP packets say.
        timestamps: bool. Whether its TCP packets carry the time, as those of
            Linux do.
    """

    address: bytes
    port: int
    ttl: int
    window: int
    timestamps: bool

    @property
    def tcp_options(self):
        """bytes of the TCP options of its packets."""
        return _TIMESTAMP_OPTION if self.timestamps else b""


def tcp_packets(rng, client, server, messages, *, mtu):
    """Writes a conversation as TCP segments, each message acknowledged.

    Args:
        rng: `numpy.random.Generator`.
        client: `End`.
        server: `End`.
        messages: list of tuples `(from_client, payload)`.
        mtu: int. Most bytes of a packet.

    Yields:
        bytes of one IP packet.
    """
    ends = {True: client, False: server}
    numbers = {end: int(rng.integers(2**31)) for end in ends}

    def segment(from_client, flags, payload=b""):
        packet = _tcp_packet(
            rng,
            ends[from_client],
            ends[not from_client],
            (numbers[from_client], numbers[not from_client]),
            flags,
            payload,
        )
        numbers[from_client] += len(payload) + bool(flags & (_SYN | _FIN))
        return packet

    yield segment(True, _SYN)
    yield segment(False, _SYN | _ACK)
    yield segment(True, _ACK)
    for from_client, payload in messages:
        room = mtu - _HEADERS - len(ends[from_client].tcp_options)
        for begin in range(0, len(payload), room):
            last = begin + room >= len(payload)
            flags = _ACK | _PSH if last else _ACK
            yield segment(from_client, flags, payload[begin : begin + room])
        yield segment(not from_client, _ACK)
    yield segment(True, _FIN | _ACK)


def udp_packets(rng, client, server, messages):
    """Writes a conversation as UDP datagrams, one for each message.

    Args:
        rng: `numpy.random.Generator`.
        client: `End`.
        server: `End`.
        messages: list of tuples `(from_client, payload)`.

    Yields:
        bytes of one IP packet.
    """
    for from_client, payload in messages:
        source, destination = client, server
        if not from_client:
            source, destination = server, client
        head = struct.pack(
            ">HHH", source.port, destination.port, 8 + len(payload)
        )
        yield _ip_packet(rng, source, destination, _UDP, head, payload)


def ethernet_frame(packet):
    """Puts a link header before a packet, and padding behind a short one."""
    macs = b"\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02"
    return (macs + b"\x08\x00" + packet).ljust(60, b"\x00")


def _tcp_packet(rng, source, destination, numbers, flags, payload):
    head = struct.pack(
        ">HHIIBBH",
        source.port,
        destination.port,
        *(number % 2**32 for number in numbers),
        (20 + len(source.tcp_options)) // 4 << 4,
        flags,
        source.window,
    )
    tail = bytes(2) + source.tcp_options + payload
    return _ip_packet(rng, source, destination, _TCP, head, tail)


def _ip_packet(rng, source, destination, protocol, head, tail):
    """Joins IP header, transport header up to the checksum, and the rest."""
    size = len(head) + 2 + len(tail)
    addresses = source.address + destination.address
    pseudo = addresses + struct.pack(">HH", protocol, size)
    transport = struct.pack(">H", checksum(pseudo + head + bytes(2) + tail))
    begin = struct.pack(
        ">BBHHHBB", 0x45, 0, 20 + size, rng.integers(2**16), 0x4000,
        source.ttl, protocol,
    )  # fmt: skip
    header = struct.pack(">H", checksum(begin + bytes(2) + addresses))
    return begin + header + addresses + head + transport + tail
