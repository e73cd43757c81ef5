"""Where the IP packet begins in a frame, by link type."""

import tensorflow as tf

from mtc_tf.frame_graph.frame_bytes import is_one_of
from mtc_tf.frame_graph.frame_bytes import look_up
from mtc_tf.frame_graph.frame_bytes import read_byte
from mtc_tf.frame_graph.frame_bytes import read_bytes
from mtc_tf.frame_graph.frame_bytes import read_uint16
from mtc_tf.frame_graph.link_headers import ethertype_or_llc
from mtc_tf.frame_graph.link_headers import follow_headers
from mtc_tf.packets import link_layer as of_links
from mtc_tf.packets.link_headers import IPV4
from mtc_tf.packets.link_headers import IPV6
from mtc_tf.packets.link_headers import LLC
from mtc_tf.packets.link_headers import NOT_IP
from mtc_tf.packets.link_headers import PPP
from mtc_tf.packets.link_headers import PPPOE


def find_ip(frames, link_types):
    """Finds the IP packet in each frame.

    A frame that ends inside its link header is not IP.

    Args:
        frames: string tensor `(frames,)`.
        link_types: int32 tensor `(frames,)`. The DLT of each frame.

    Returns:
        tuple of int32 tensor, where the packet begins in the frame (not beyond
        its end); int32 tensor, its EtherType, or one of
        `mtc_tf.packets.link_headers.UNREAD`, or `NOT_IP`; bool tensor, whether
        the link type is known.
    """
    ends = tf.strings.length(frames)
    zeros = tf.zeros_like(ends)
    headers = read_bytes(frames, zeros, ends, of_links.MAX_LENGTH)
    lengths, kinds = zeros, zeros + NOT_IP
    known = tf.zeros_like(ends, tf.bool)
    for own_link_types, (own_lengths, own_kinds) in _readings(headers):
        is_own = is_one_of(link_types, own_link_types)
        lengths = tf.where(is_own, own_lengths, lengths)
        kinds = tf.where(is_own, own_kinds, kinds)
        known |= is_own
    kinds = tf.where(lengths > ends, NOT_IP, kinds)
    starts = tf.minimum(lengths, ends)
    return *follow_headers(frames, starts, ends, kinds), known


def _readings(headers):
    """What each link type makes of the first bytes of a frame.

    Returns:
        list of tuples: link types; length of the link header, and what follows.
        Each of the two may be one number for all.
    """
    return [
        ((0, 108), (4, _family_kinds(headers))),
        ((1,), (14, ethertype_or_llc(read_uint16(headers, 12)))),
        ((9,), (0, PPP)),
        ((12, 14, 101), (0, _version_kinds(headers))),
        ((50,), _read_serial(headers)),
        ((51,), (0, PPPOE)),
        ((104,), (4, read_uint16(headers, 2))),
        ((113,), (16, _cooked_kinds(read_uint16(headers, 14)))),
        ((138,), (18, ethertype_or_llc(read_uint16(headers, 16)))),
        ((228,), (0, IPV4)),
        ((229,), (0, IPV6)),
        ((276,), (20, _cooked_kinds(read_uint16(headers, 0)))),
    ]


def _cooked_kinds(numbers):
    kinds = tf.where(numbers < 1536, NOT_IP, numbers)
    return tf.where(numbers == of_links.COOKED_LLC, LLC, kinds)


def _read_serial(headers):
    is_cisco = is_one_of(read_byte(headers, 0), of_links.CISCO_ADDRESSES)
    ethertypes = tf.where(is_cisco, read_uint16(headers, 2), PPP)
    return tf.where(is_cisco, 4, 0), ethertypes


def _family_kinds(headers):
    # Families are below 256: only one of the two orders leaves a small number.
    first, last = read_byte(headers, 0), read_byte(headers, 3)
    in_the_middle = read_uint16(headers, 1)
    families = tf.where(last == 0, first, last)
    is_small = (in_the_middle == 0) & ((first == 0) | (last == 0))
    kinds = look_up(families, of_links.FAMILY_KINDS, NOT_IP)
    return tf.where(is_small, kinds, NOT_IP)


def _version_kinds(headers):
    versions = read_byte(headers, 0) // 16
    return look_up(versions, of_links.VERSION_KINDS, NOT_IP)
