"""Fields of rows set to zero, as of `mtc_tf.packets.row_bits.mask_rows`."""

import numpy as np
import tensorflow as tf

from mtc_tf.frame_graph.frame_bytes import is_one_of
from mtc_tf.frame_graph.frame_bytes import look_up
from mtc_tf.frame_graph.frame_bytes import read_byte
from mtc_tf.packets.ip_packets import EXTENSIONS
from mtc_tf.packets.row_bits import row_bits

# What the bits of a row depend on: its IP version, and a protocol for each kind
# of header behind it.
_TCP, _UDP, _OTHER, _BEHIND_EXTENSION = range(4)
_PROTOCOLS = {_TCP: 6, _UDP: 17, _OTHER: 255, _BEHIND_EXTENSION: EXTENSIONS[0]}


def mask_rows(rows, masks):
    """Sets fields of preprocessed rows to zero.

    Args:
        rows: uint8 tensor `(packets, bytes)`.
        masks: iterable of str. Out of `mtc_tf.packets.MASKS`.

    Returns:
        uint8 tensor like `rows`.
    """
    kept = ~np.array(
        [
            [
                row_bits(masks, version, protocol, rows.shape[1])
                for protocol in _PROTOCOLS.values()
            ]
            for version in (4, 6)
        ]
    )
    is_ipv6 = read_byte(rows, 0) // 16 == 6
    protocols = tf.where(is_ipv6, read_byte(rows, 6), read_byte(rows, 9))
    kinds = look_up(protocols, {6: _TCP, 17: _UDP}, default=_OTHER)
    is_extension = is_ipv6 & is_one_of(protocols, EXTENSIONS)
    kinds = tf.where(is_extension, _BEHIND_EXTENSION, kinds)
    places = tf.stack([tf.cast(is_ipv6, tf.int32), kinds], axis=1)
    return rows & tf.gather_nd(kept, places)
