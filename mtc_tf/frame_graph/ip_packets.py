"""The IP headers of a batch of packets."""

import dataclasses

import tensorflow as tf

from mtc_tf.frame_graph.frame_bytes import is_one_of
from mtc_tf.frame_graph.frame_bytes import read_byte
from mtc_tf.frame_graph.frame_bytes import read_bytes
from mtc_tf.frame_graph.frame_bytes import read_uint16
from mtc_tf.packets.ip_packets import EXTENSIONS
from mtc_tf.packets.ip_packets import FRAGMENT
from mtc_tf.packets.ip_packets import IPV4_LENGTH
from mtc_tf.packets.ip_packets import IPV6_LENGTH
from mtc_tf.packets.link_headers import IPV6


@dataclasses.dataclass(frozen=True)
class IPPackets:
    """IP packets, as of `mtc_tf.packets.ip_packets.IPPackets`, in tensors.

    Args:
        headers: uint8 tensor `(packets, 40)`.
        is_ipv6: bool tensor `(packets,)`.
        protocols: int32 tensor, of what the IP packet carries.
        payload_starts: int32 tensor, where that begins in the frame.
        ends: int32 tensor, where the IP packet ends in the frame.
        wire_ends: int32 tensor, where it would end had the capture not cut it.
        malformed: bool tensor.
        later_fragments: bool tensor: fragments other than the first.
    """

    headers: tf.Tensor
    is_ipv6: tf.Tensor
    protocols: tf.Tensor
    payload_starts: tf.Tensor
    ends: tf.Tensor
    wire_ends: tf.Tensor
    malformed: tf.Tensor
    later_fragments: tf.Tensor


def read_ip_packets(frames, starts, ethertypes):
    """Reads the IP headers of a batch of frames.

    Choice: a frame is all that was on the wire. What a capture has cut off
    shows where the IP header states its length, and not elsewhere.

    Args:
        frames: string tensor `(frames,)`.
        starts: int32 tensor `(frames,)`, where the IP packets begin.
        ethertypes: int32 tensor, what the link layer says they are.

    Returns:
        `IPPackets`.
    """
    frame_ends = tf.strings.length(frames)
    headers = read_bytes(frames, starts, frame_ends, IPV6_LENGTH)
    is_ipv6 = ethertypes == IPV6
    header_lengths, total_lengths = _lengths(headers, is_ipv6)
    # 0 is what segmentation offload leaves: to the end.
    wire_ends = tf.where(total_lengths > 0, starts + total_lengths, frame_ends)
    ends = tf.minimum(wire_ends, frame_ends)
    versions = read_byte(headers, 0) // 16
    packets = IPPackets(
        headers=headers,
        is_ipv6=is_ipv6,
        protocols=tf.where(
            is_ipv6, read_byte(headers, 6), read_byte(headers, 9)
        ),
        payload_starts=tf.minimum(starts + header_lengths, ends),
        ends=ends,
        wire_ends=wire_ends,
        malformed=(versions != tf.where(is_ipv6, 6, 4))
        | (header_lengths < IPV4_LENGTH)
        | (starts + header_lengths > ends),
        later_fragments=~is_ipv6 & (read_uint16(headers, 6) % 0x2000 > 0),
    )
    return _skip_extensions(frames, packets)


def _lengths(headers, is_ipv6):
    """Header length and total length as the IP headers state them."""
    payload_lengths = read_uint16(headers, 4)
    ipv6_lengths = tf.where(
        payload_lengths > 0, IPV6_LENGTH + payload_lengths, 0
    )
    ipv4_header_lengths = read_byte(headers, 0) % 16 * 4
    return (
        tf.where(is_ipv6, IPV6_LENGTH, ipv4_header_lengths),
        tf.where(is_ipv6, ipv6_lengths, read_uint16(headers, 2)),
    )


def _skip_extensions(frames, packets):
    """Follows the chains of IPv6 extension headers, a header each round."""
    ends = packets.ends

    def is_left(is_behind, *_):
        return tf.reduce_any(is_behind)

    def skip(is_behind, protocols, starts, malformed, later_fragments):
        headers = read_bytes(frames, starts, ends, 8)
        is_fragment = protocols == FRAGMENT
        lengths = tf.where(is_fragment, 8, (read_byte(headers, 1) + 1) * 8)
        is_cut = starts + lengths > ends
        is_later = is_fragment & (read_uint16(headers, 2) // 8 > 0)
        following = read_byte(headers, 0)
        goes_on = is_one_of(following, EXTENSIONS) & ~is_cut & ~is_later
        return (
            is_behind & goes_on,
            tf.where(is_behind, following, protocols),
            tf.where(is_behind, tf.minimum(starts + lengths, ends), starts),
            tf.where(is_behind, is_cut, malformed),
            tf.where(is_behind, is_later, later_fragments),
        )

    is_behind = packets.is_ipv6 & ~packets.malformed
    is_behind &= is_one_of(packets.protocols, EXTENSIONS)
    _, protocols, starts, malformed, later_fragments = tf.while_loop(
        is_left,
        skip,
        (
            is_behind,
            packets.protocols,
            packets.payload_starts,
            packets.malformed,
            packets.later_fragments,
        ),
    )
    return dataclasses.replace(
        packets,
        protocols=protocols,
        payload_starts=starts,
        malformed=malformed,
        later_fragments=later_fragments,
    )
