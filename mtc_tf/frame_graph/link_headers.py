"""The headers that may stand between a link header and the IP packet."""

import tensorflow as tf

from mtc_tf.frame_graph.frame_bytes import is_one_of
from mtc_tf.frame_graph.frame_bytes import look_up
from mtc_tf.frame_graph.frame_bytes import read_byte
from mtc_tf.frame_graph.frame_bytes import read_bytes
from mtc_tf.frame_graph.frame_bytes import read_uint16
from mtc_tf.packets import link_headers as kinds_of
from mtc_tf.packets.link_headers import IPV4
from mtc_tf.packets.link_headers import IPV6
from mtc_tf.packets.link_headers import LLC
from mtc_tf.packets.link_headers import MAX_HEADERS
from mtc_tf.packets.link_headers import NOT_IP
from mtc_tf.packets.link_headers import PPP
from mtc_tf.packets.link_headers import PPPOE

_WIDTH = max(kinds_of.TAGS.values())


def follow_headers(frames, positions, ends, kinds):
    """Follows tags, labels and the like up to the packet they stand before.

    Args:
        frames: string tensor `(frames,)`.
        positions: int32 tensor `(frames,)`, where what the link header
            announces begins.
        ends: int32 tensor, where the frames end.
        kinds: int32 tensor, what it announces, as of
            `mtc_tf.packets.link_headers.follow_headers`.

    Returns:
        tuple of positions and kinds of the packets, as there.
    """

    def is_left(round_number, positions, kinds):
        is_header = is_one_of(kinds, kinds_of.HEADERS)
        return tf.reduce_any(is_header) & (round_number < MAX_HEADERS)

    def follow(round_number, positions, kinds):
        is_header = is_one_of(kinds, kinds_of.HEADERS)
        headers = read_bytes(frames, positions, ends, _WIDTH)
        lengths, next_kinds = _read_header(kinds, headers)
        positions = tf.where(is_header, positions + lengths, positions)
        kinds = tf.where(is_header, next_kinds, kinds)
        kinds = tf.where(positions > ends, NOT_IP, kinds)
        return round_number + 1, tf.minimum(positions, ends), kinds

    _, positions, kinds = tf.while_loop(
        is_left, follow, (tf.constant(0), positions, kinds)
    )
    is_header = is_one_of(kinds, kinds_of.HEADERS)
    return positions, tf.where(is_header, kinds_of.TOO_MANY, kinds)


def ethertype_or_llc(numbers):
    """Tells EtherTypes from the lengths that stand in their place in 802.3."""
    lengths = tf.where(numbers <= 1500, LLC, NOT_IP)
    return tf.where(numbers < 1536, lengths, numbers)


def _read_header(kinds, headers):
    """Reads a header in each row: its length, and what follows.

    Rows that have none of these kinds give arbitrary numbers.
    """
    lengths = look_up(kinds, kinds_of.TAGS, default=2)
    low = tf.gather(headers, lengths - 1, batch_dims=1)
    high = tf.gather(headers, lengths - 2, batch_dims=1)
    numbers = tf.cast(high, tf.int32) * 256 + tf.cast(low, tf.int32)
    next_kinds = ethertype_or_llc(numbers)
    is_mpls = is_one_of(kinds, kinds_of.LABELS)
    for is_kind, (their_lengths, following) in (
        (is_mpls, (4, _behind_label(kinds, headers))),
        (kinds == PPPOE, (6, PPP)),
        (kinds == PPP, _read_ppp(headers)),
        (kinds == LLC, _read_llc(headers)),
    ):
        lengths = tf.where(is_kind, their_lengths, lengths)
        next_kinds = tf.where(is_kind, following, next_kinds)
    return lengths, next_kinds


def _behind_label(kinds, headers):
    is_last = read_byte(headers, 2) % 2 == 1
    versions = read_byte(headers, 4) // 16
    content = look_up(versions, {4: IPV4, 6: IPV6}, kinds_of.MPLS_CONTENT)
    return tf.where(is_last, content, kinds)


def _read_ppp(headers):
    is_framed = read_uint16(headers, 0) == 0xFF03
    protocols = tf.where(is_framed[:, None], headers[:, 2:4], headers[:, :2])
    first = read_byte(protocols, 0)
    is_short = first % 2 == 1
    numbers = tf.where(is_short, first, read_uint16(protocols, 0))
    other = kinds_of.PPP_PROTOCOL + numbers
    lengths = 2 * tf.cast(is_framed, tf.int32) + tf.where(is_short, 1, 2)
    return lengths, look_up(numbers, kinds_of.PPP_KINDS, default=other)


def _read_llc(headers):
    is_snap = tf.reduce_all(headers[:, :6] == kinds_of.SNAP, axis=1)
    is_ip = tf.reduce_all(headers[:, :3] == kinds_of.IP_ACCESS_POINT, axis=1)
    ethertypes = read_uint16(headers, 6)
    ethertypes = tf.where(ethertypes < 1536, NOT_IP, ethertypes)
    lengths = tf.where(is_ip, 3, 0)
    next_kinds = tf.where(is_ip, IPV4, NOT_IP)
    return (
        tf.where(is_snap, 8, lengths),
        tf.where(is_snap, ethertypes, next_kinds),
    )
