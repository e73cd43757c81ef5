"""Test rows with one field taken from other packets."""

import numpy as np

from mtc_tf.packets.row_fields import KINDS
from mtc_tf.packets.row_fields import ROW_FIELDS
from mtc_tf.packets.row_fields import fields_of_kind
from mtc_tf.packets.row_fields import packet_kinds


def randomise_field(packets, field, seed=0):
    """Gives each packet the bytes of a field of another packet.

    The other one is drawn among those of the same version of IP and the same
    transport, so that the values are real ones, as frequent as before, and only
    say nothing of the packet any more.

    Args:
        packets: uint8 array `(packets, bytes)`.
        field: str. One of `mtc_tf.packets.row_fields.ROW_FIELDS`.
        seed: int.

    Returns:
        uint8 array `(packets, bytes)`. A packet without the field stays, and
        so does one that is the only one of its kind.
    """
    generator = np.random.default_rng(seed)
    number = ROW_FIELDS.index(field)
    kinds = packet_kinds(packets)
    result = packets.copy()
    for kind in range(len(KINDS)):
        [columns] = np.nonzero(fields_of_kind(kind, packets.shape[1]) == number)
        # Each takes from the next one of a circle: never from itself.
        takers = generator.permutation(np.flatnonzero(kinds == kind))
        givers = np.roll(takers, -1)
        result[np.ix_(takers, columns)] = packets[np.ix_(givers, columns)]
    return result
