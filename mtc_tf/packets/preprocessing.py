"""Packets to fixed-length bytes: the five steps, on a chunk at a time.

Every step is total: any bytes of any link type give a row or a reason.
"""

import dataclasses

import numpy as np

from mtc_tf.packets.byte_rows import PACKET_LENGTH
from mtc_tf.packets.byte_rows import read_bytes
from mtc_tf.packets.byte_rows import read_uint16
from mtc_tf.packets.byte_rows import select
from mtc_tf.packets.capture_report import REASONS
from mtc_tf.packets.fields import ADDRESSES
from mtc_tf.packets.fields import zero_fields
from mtc_tf.packets.ip_packets import IPV4_LENGTH
from mtc_tf.packets.ip_packets import IPV6_LENGTH
from mtc_tf.packets.ip_packets import read_ip_packets
from mtc_tf.packets.link_headers import ARP
from mtc_tf.packets.link_headers import IPV4
from mtc_tf.packets.link_headers import IPV6
from mtc_tf.packets.link_headers import IS_UNREAD
from mtc_tf.packets.link_layer import find_ip
from mtc_tf.packets.preprocessed import Preprocessed
from mtc_tf.packets.row_bits import mask_rows
from mtc_tf.packets.transport_packets import TRANSPORT_LENGTH
from mtc_tf.packets.transport_packets import TransportPackets
from mtc_tf.packets.tunnels import zero_tunnelled_addresses

KEPT = 0
# What `drop_reasons` returns for each reason.
CODES = {reason: code for code, reason in enumerate(REASONS, start=KEPT + 1)}

TCP = 6
UDP = 17
UDP_LENGTH = 8
SERVICE_PORTS = {
    "dns": (53,),
    "dhcp": (67, 68),
    "ntp": (123,),
    "netbios": (137, 138, 139),
    "ssdp": (1900,),
    "mdns": (5353,),
    "llmnr": (5355,),
    "dhcpv6": (546, 547),
}
_NO_SERVICE = len(REASONS) + 1
_SERVICE_CODES = np.full(2**16, _NO_SERVICE, np.uint8)
for _service, _ports in SERVICE_PORTS.items():
    _SERVICE_CODES[list(_ports)] = CODES[_service]


def preprocess(frames, recipe, masks):
    """Turns a chunk of frames into model inputs.

    Args:
        frames: `FrameBatch`.
        recipe: str. `"paper"`: the steps of the paper and no more.
            `"strict"`: the checksums and IPv6's flow label are set to zero,
            too, and the addresses inside of tunnels.
        masks: names of further fields to set to zero, out of `MASKS`.

    Returns:
        `Preprocessed`.

    Paper: Section 3.2.1.
    """
    ip = strip_link_layer(frames)  # step (1)
    hidden = zero_addresses(ip)  # step (2)
    transport = unify_transport_headers(frames.data, hidden)  # step (3)
    reasons = drop_reasons(hidden, transport)  # step (4)
    kept = np.flatnonzero(reasons == KEPT)
    kept_ip, transport = select(ip, kept), select(transport, kept)
    hidden = dataclasses.replace(kept_ip, headers=hidden.headers[kept])
    packets = cut_and_pad(  # step (5)
        frames.data, *zero_fields(hidden, transport, recipe)
    )
    row_lengths = hidden.ends - _row_starts(hidden, transport)
    if recipe == "strict":
        packets = zero_tunnelled_addresses(packets, hidden, transport)
    if masks:
        packets = mask_rows(packets, masks)
    return Preprocessed(
        packets=packets,
        row_lengths=np.minimum(row_lengths, PACKET_LENGTH),
        kept=kept,
        reasons=reasons,
        ethertypes=ip.ethertypes,
        ip=kept_ip,
        transport=transport,
    )


def strip_link_layer(frames):
    """Removes the link header, and the padding behind the IP packet.

    `000102030405060708090a0b0800 4500001c... 0000`, an Ethernet frame of 60
    bytes with an IP packet of 28, leaves the 28 bytes from `4500` on.

    Args:
        frames: `FrameBatch`.

    Returns:
        `IPPackets`.

    Paper: Section 3.2.1, step (1).
    """
    starts, ethertypes, known_links = find_ip(frames)
    return read_ip_packets(frames, starts, ethertypes, known_links)


def zero_addresses(ip):
    """Sets source and destination address to zero.

    `4500001c0001000040110000 0a000001 0a000002` becomes
    `4500001c0001000040110000 00000000 00000000`.

    Args:
        ip: `IPPackets`.

    Returns:
        `IPPackets` with other headers.

    Paper: Section 3.2.1, step (2).
    """
    headers = ip.headers.copy()
    # Most are of version 4, and rows are not picked in vain.
    others = np.flatnonzero(ip.versions != 4)
    headers[:, slice(*ADDRESSES["ipv4"])] = 0
    headers[others] = ip.headers[others]
    headers[others, slice(*ADDRESSES["ipv6"])] = 0
    return dataclasses.replace(ip, headers=headers)


def unify_transport_headers(data, ip):
    """Brings TCP and UDP headers to 20 bytes.

    A TCP header loses its options, a UDP header gets 12 zeros directly behind
    it: `1f90005000090000 61` becomes `1f90005000090000 000000000000000000000000
    61`. Other transports are left as they are.

    Args:
        data: uint8 array of shape `(bytes,)`, the chunk's bytes.
        ip: `IPPackets`.

    Returns:
        `TransportPackets`.

    Paper: Section 3.2.1, step (3).
    """
    headers = read_bytes(data, ip.payload_starts, ip.ends, TRANSPORT_LENGTH)
    is_tcp = ip.protocols == TCP
    is_udp = ip.protocols == UDP
    headers[~is_tcp, UDP_LENGTH:] = 0
    headers[~(is_tcp | is_udp)] = 0
    # A data offset beyond the end leaves no payload.
    lengths = np.where(is_udp, UDP_LENGTH, 0)
    lengths = np.where(is_tcp, (headers[:, 12] >> 4) * 4, lengths)
    payload_starts = ip.payload_starts + lengths
    captured = ip.ends - ip.payload_starts
    malformed = is_udp & (captured < UDP_LENGTH)
    malformed |= is_tcp & (np.minimum(captured, lengths) < TRANSPORT_LENGTH)
    return TransportPackets(
        headers=headers,
        is_tcp=is_tcp,
        is_udp=is_udp,
        source_ports=read_uint16(headers, 0),
        destination_ports=read_uint16(headers, 2),
        payload_starts=np.minimum(payload_starts, ip.ends),
        payload_cut=(payload_starts >= ip.ends)
        & (payload_starts < ip.wire_ends),
        malformed=malformed,
    )


def drop_reasons(ip, transport):
    """Finds the packets without information, and says why.

    Choice: a service is told by its port on either side, in TCP as in UDP.
    The flags of TCP play no role: an ACK with payload is data.

    Args:
        ip: `IPPackets`.
        transport: `TransportPackets` of the same packets.

    Returns:
        uint8 array of shape `(packets,)`: `KEPT`, or the code of the first
        rule in the order of `REASONS` that applies.

    Paper: Section 3.2.1, step (4).
    """
    is_ip = (ip.ethertypes == IPV4) | (ip.ethertypes == IPV6)
    services = np.minimum(
        _SERVICE_CODES[transport.source_ports],
        _SERVICE_CODES[transport.destination_ports],
    )
    empty = transport.payload_starts == ip.ends
    has_header = transport.is_tcp | transport.is_udp
    rules = (
        (~ip.known_links, CODES["unknown_link_type"]),
        (IS_UNREAD[ip.ethertypes], CODES["unread_link_header"]),
        (ip.ethertypes == ARP, CODES["arp"]),
        (~is_ip, CODES["not_ip"]),
        (ip.malformed, CODES["malformed"]),
        (ip.later_fragments, CODES["fragment"]),
        (ip.protocols == 1, CODES["icmp"]),
        (ip.protocols == 58, CODES["icmpv6"]),
        (ip.protocols == 2, CODES["igmp"]),
        (transport.malformed, CODES["malformed"]),
        (services < _NO_SERVICE, services),
        (transport.payload_cut, CODES["payload_cut"]),
        (transport.is_tcp & empty, CODES["empty_tcp"]),
        (transport.is_udp & empty, CODES["empty_udp"]),
        (~has_header & empty, CODES["empty_other"]),
    )
    reasons = np.full(len(is_ip), KEPT, np.uint8)
    for applies, codes in reversed(rules):
        np.copyto(reasons, codes, casting="unsafe", where=applies)
    return reasons


def cut_and_pad(data, ip, transport):
    """Puts headers and payload together, in rows of 1500 bytes.

    What is longer is cut, what is shorter is filled up with zeros at the end.
    The division by 255 is the model's.

    Args:
        data: uint8 array of shape `(bytes,)`, the chunk's bytes.
        ip: `IPPackets`.
        transport: `TransportPackets` of the same packets.

    Returns:
        uint8 array of shape `(packets, 1500)`.

    Paper: Section 3.2.1, step (5).
    """
    is_ipv6 = ip.versions == 6
    has_header = transport.is_tcp | transport.is_udp
    starts = _row_starts(ip, transport)
    rows = read_bytes(data, starts, ip.ends, PACKET_LENGTH)
    rows[:, :IPV4_LENGTH] = ip.headers[:, :IPV4_LENGTH]
    for begin, version in ((IPV4_LENGTH, ~is_ipv6), (IPV6_LENGTH, is_ipv6)):
        packets = np.flatnonzero(version & has_header)
        rows[packets, begin : begin + TRANSPORT_LENGTH] = transport.headers[
            packets
        ]
    others = np.flatnonzero(is_ipv6)
    rows[others, IPV4_LENGTH:IPV6_LENGTH] = ip.headers[others, IPV4_LENGTH:]
    return rows


def _row_starts(ip, transport):
    """Where rows begin, were the payloads in their places in the chunk.

    What lies before these is written over by headers.
    """
    lengths = np.where(ip.versions == 6, IPV6_LENGTH, IPV4_LENGTH)
    lengths[transport.is_tcp | transport.is_udp] += TRANSPORT_LENGTH
    return transport.payload_starts - lengths
