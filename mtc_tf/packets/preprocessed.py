"""A chunk of frames after the five steps."""

import dataclasses

import numpy as np

from mtc_tf.packets.ip_packets import IPPackets
from mtc_tf.packets.transport_packets import TransportPackets


@dataclasses.dataclass(frozen=True)
class Preprocessed:
    """A preprocessed chunk.

    Args:
        packets: uint8 array of shape `(kept, 1500)`.
        row_lengths: int64 array of shape `(kept,)`. Bytes of each of them
            before those that fill it up.
        kept: int64 array of shape `(kept,)`, which frames they come from.
        reasons: uint8 array of shape `(frames,)`: `KEPT` or one of
            `CODES` of `preprocessing`.
        ethertypes: int64 array of shape `(frames,)`, or one of
            `link_headers.UNREAD`.
        ip: `IPPackets` of the kept packets, addresses included.
        transport: `TransportPackets` of the kept packets.
    """

    packets: np.ndarray
    row_lengths: np.ndarray
    kept: np.ndarray
    reasons: np.ndarray
    ethertypes: np.ndarray
    ip: IPPackets
    transport: TransportPackets
