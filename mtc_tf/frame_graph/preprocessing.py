"""Frames to fixed-length bytes: the five steps, as TensorFlow operations."""

import dataclasses

import numpy as np
import tensorflow as tf

from mtc_tf.frame_graph.frame_bytes import is_one_of
from mtc_tf.frame_graph.frame_bytes import look_up
from mtc_tf.frame_graph.frame_bytes import read_byte
from mtc_tf.frame_graph.frame_bytes import read_bytes
from mtc_tf.frame_graph.frame_bytes import read_uint16
from mtc_tf.frame_graph.ip_packets import read_ip_packets
from mtc_tf.frame_graph.link_layer import find_ip
from mtc_tf.frame_graph.masks import mask_rows
from mtc_tf.frame_graph.transport_packets import TransportPackets
from mtc_tf.frame_graph.tunnels import zero_tunnelled_addresses
from mtc_tf.packets.byte_rows import PACKET_LENGTH
from mtc_tf.packets.fields import ADDRESSES
from mtc_tf.packets.fields import recipe_bits
from mtc_tf.packets.ip_packets import IPV4_LENGTH
from mtc_tf.packets.ip_packets import IPV6_LENGTH
from mtc_tf.packets.link_headers import ARP
from mtc_tf.packets.link_headers import IPV4
from mtc_tf.packets.link_headers import IPV6
from mtc_tf.packets.link_headers import UNREAD
from mtc_tf.packets.pcap_frames import MAX_FRAME_LENGTH
from mtc_tf.packets.preprocessing import CODES
from mtc_tf.packets.preprocessing import KEPT
from mtc_tf.packets.preprocessing import SERVICE_PORTS
from mtc_tf.packets.preprocessing import TCP
from mtc_tf.packets.preprocessing import UDP
from mtc_tf.packets.preprocessing import UDP_LENGTH
from mtc_tf.packets.transport_packets import TRANSPORT_LENGTH

_NO_SERVICE = max(CODES.values()) + 1
_PROTOCOLS = {1: CODES["icmp"], 58: CODES["icmpv6"], 2: CODES["igmp"]}


@dataclasses.dataclass(frozen=True)
class Preprocessed:
    """Preprocessed frames.

    Args:
        rows: uint8 tensor `(frames, 1500)`, arbitrary where a frame is not
            kept.
        reasons: int32 tensor `(frames,)`: `KEPT`, or one of the `CODES` of
            `mtc_tf.packets.preprocessing`.
        senders: uint8 tensor `(frames, 18)`: address, an IPv4 one behind zeros,
            and port.
    """

    rows: tf.Tensor
    reasons: tf.Tensor
    senders: tf.Tensor


def preprocess(frames, link_types, recipe, masks):
    """Turns frames into model inputs.

    Args:
        frames: string tensor `(frames,)`, as captured, from the link header on.
        link_types: int32 tensor `(frames,)`. The DLT of each frame.
        recipe: str. As of `mtc_tf.packets.preprocessing.preprocess`.
        masks: names of further fields to set to zero.

    Returns:
        `Preprocessed`.

    Paper: Section 3.2.1.
    """
    # As a capture: what is longer is no frame, and could hold endless headers.
    frames = tf.strings.substr(frames, 0, MAX_FRAME_LENGTH)
    starts, ethertypes, known_links = find_ip(frames, link_types)  # step (1)
    ip = read_ip_packets(frames, starts, ethertypes)
    transport = unify_transport_headers(frames, ip)  # step (3)
    reasons = drop_reasons(ethertypes, known_links, ip, transport)  # step (4)
    # The addresses, step (2), go with what the recipe takes.
    rows = cut_and_pad(frames, ip, transport, recipe)  # step (5)
    if recipe == "strict":
        rows = zero_tunnelled_addresses(rows, reasons == KEPT, ip, transport)
    if masks:
        rows = mask_rows(rows, masks)
    return Preprocessed(rows, reasons, _senders(ip, transport))


def unify_transport_headers(frames, ip):
    """Brings TCP and UDP headers to 20 bytes.

    Args:
        frames: string tensor `(frames,)`.
        ip: `IPPackets`.

    Returns:
        `TransportPackets`.

    Paper: Section 3.2.1, step (3).
    """
    is_tcp, is_udp = ip.protocols == TCP, ip.protocols == UDP
    headers = read_bytes(frames, ip.payload_starts, ip.ends, TRANSPORT_LENGTH)
    is_kept = tf.sequence_mask(
        tf.where(is_tcp, TRANSPORT_LENGTH, tf.where(is_udp, UDP_LENGTH, 0)),
        TRANSPORT_LENGTH,
    )
    headers = tf.where(is_kept, headers, tf.zeros_like(headers))
    # A data offset beyond the end leaves no payload.
    lengths = tf.where(is_udp, UDP_LENGTH, 0)
    lengths = tf.where(is_tcp, read_byte(headers, 12) // 16 * 4, lengths)
    payload_starts = ip.payload_starts + lengths
    captured = ip.ends - ip.payload_starts
    is_short = tf.minimum(captured, lengths) < TRANSPORT_LENGTH
    return TransportPackets(
        headers=headers,
        is_tcp=is_tcp,
        is_udp=is_udp,
        source_ports=read_uint16(headers, 0),
        destination_ports=read_uint16(headers, 2),
        payload_starts=tf.minimum(payload_starts, ip.ends),
        payload_cut=(payload_starts >= ip.ends)
        & (payload_starts < ip.wire_ends),
        malformed=(is_udp & (captured < UDP_LENGTH)) | (is_tcp & is_short),
    )


def drop_reasons(ethertypes, known_links, ip, transport):
    """Finds the packets without information, and says why.

    Args:
        ethertypes: int32 tensor `(packets,)`, as of `find_ip`.
        known_links: bool tensor `(packets,)`.
        ip: `IPPackets`.
        transport: `TransportPackets` of the same packets.

    Returns:
        int32 tensor `(packets,)`, as of
        `mtc_tf.packets.preprocessing.drop_reasons`.

    Paper: Section 3.2.1, step (4).
    """
    services = tf.minimum(
        _services(transport.source_ports),
        _services(transport.destination_ports),
    )
    protocols = look_up(ip.protocols, _PROTOCOLS, default=KEPT)
    empty = transport.payload_starts == ip.ends
    has_header = transport.is_tcp | transport.is_udp
    rules = (
        (~known_links, CODES["unknown_link_type"]),
        (is_one_of(ethertypes, UNREAD), CODES["unread_link_header"]),
        (ethertypes == ARP, CODES["arp"]),
        (~is_one_of(ethertypes, (IPV4, IPV6)), CODES["not_ip"]),
        (ip.malformed, CODES["malformed"]),
        (ip.later_fragments, CODES["fragment"]),
        (protocols != KEPT, protocols),
        (transport.malformed, CODES["malformed"]),
        (services < _NO_SERVICE, services),
        (transport.payload_cut, CODES["payload_cut"]),
        (transport.is_tcp & empty, CODES["empty_tcp"]),
        (transport.is_udp & empty, CODES["empty_udp"]),
        (~has_header & empty, CODES["empty_other"]),
    )
    reasons = tf.zeros_like(ethertypes) + KEPT
    for applies, codes in reversed(rules):
        reasons = tf.where(applies, codes, reasons)
    return reasons


def _services(ports):
    """The least code of the services that a port has."""
    codes = {
        port: CODES[service]
        for service, its_ports in SERVICE_PORTS.items()
        for port in its_ports
    }
    return look_up(ports, codes, default=_NO_SERVICE)


def cut_and_pad(frames, ip, transport, recipe):
    """Puts headers and payload together, in rows of 1500 bytes.

    Args:
        frames: string tensor `(frames,)`.
        ip: `IPPackets`.
        transport: `TransportPackets` of the same packets.
        recipe: str. What to set to zero in the headers, beside the addresses.

    Returns:
        uint8 tensor `(packets, 1500)`.

    Paper: Section 3.2.1, steps (2) and (5).
    """
    ip_headers, headers = _zeroed(ip, transport, recipe)
    payload = read_bytes(
        frames, transport.payload_starts, ip.ends, PACKET_LENGTH
    )
    has_header = (transport.is_tcp | transport.is_udp)[:, tf.newaxis]
    behind_ip = tf.where(has_header, _joined(headers, payload), payload)
    return tf.where(
        ip.is_ipv6[:, tf.newaxis],
        _joined(ip_headers, behind_ip),
        _joined(ip_headers[:, :IPV4_LENGTH], behind_ip),
    )


def _joined(headers, rest):
    return tf.concat([headers, rest], axis=1)[:, :PACKET_LENGTH]


def _zeroed(ip, transport, recipe):
    """Headers without addresses, and without the fields of a recipe."""
    ip_bits = np.stack(
        [recipe_bits(recipe, layer, IPV6_LENGTH) for layer in ADDRESSES]
    )
    for bits, (first, last) in zip(ip_bits, ADDRESSES.values(), strict=True):
        bits[first:last] = 0xFF
    transport_bits = np.stack(
        [recipe_bits(recipe, x, TRANSPORT_LENGTH) for x in ("tcp", "udp")]
    )
    return (
        ip.headers & tf.gather(~ip_bits, tf.cast(ip.is_ipv6, tf.int32)),
        transport.headers
        & tf.gather(~transport_bits, tf.cast(transport.is_udp, tf.int32)),
    )


def _senders(ip, transport):
    addresses = tf.where(
        ip.is_ipv6[:, tf.newaxis],
        ip.headers[:, 8:24],
        tf.pad(ip.headers[:, 12:16], [[0, 0], [12, 0]]),
    )
    return tf.concat([addresses, transport.headers[:, :2]], axis=1)
