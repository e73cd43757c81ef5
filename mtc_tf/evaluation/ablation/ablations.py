"""Parts of packets, taken away from rows that are prepared already."""

import dataclasses

import numpy as np

from mtc_tf.packets.fields import ALL_BUT_LENGTHS
from mtc_tf.packets.fields import HEADERS
from mtc_tf.packets.fields import LENGTHS
from mtc_tf.packets.fields import PAYLOAD
from mtc_tf.packets.fields import hides_length
from mtc_tf.packets.row_bits import row_bits
from mtc_tf.packets.row_bits import row_structures

# What stands in the place of what is taken away.
ZEROED, RANDOMISED = "zeroed", "randomised"


@dataclasses.dataclass(frozen=True)
class Ablation:
    """What is taken away.

    Args:
        name: str.
        masks: tuple of names out of `MASKS`: what goes.
    """

    name: str
    masks: tuple


ABLATIONS = (
    Ablation("checksums", ("ip.checksum", "transport.checksum")),
    Ablation("ip.id", ("ip.id",)),
    Ablation("ip.ttl", ("ip.ttl",)),
    Ablation("ip.flow_label", ("ip.flow_label",)),
    Ablation("lengths", LENGTHS),
    Ablation("transport.ports", ("transport.ports",)),
    Ablation("tcp.seq, tcp.ack", ("tcp.seq", "tcp.ack")),
    Ablation("tcp.window", ("tcp.window",)),
    Ablation("headers only", (PAYLOAD,)),
    Ablation("payload only", (HEADERS,)),
    Ablation("length only", (ALL_BUT_LENGTHS,)),
)


class Packets:
    """Packets of which parts can be taken away.

    Args:
        rows: uint8 array `(packets, bytes)`, preprocessed.
        sizes: array `(packets,)`. What is known of the length of each packet
            beside its bytes.
        seed: int. Decides which packet gets bytes of which other one.
    """

    def __init__(self, rows, sizes, seed=0):
        self.rows = rows
        self.sizes = sizes
        structures = np.stack(row_structures(rows), axis=1)
        self._structures, self._of = np.unique(
            structures, axis=0, return_inverse=True
        )
        self._donors = _donors(self._of, np.random.default_rng(seed))

    def without(self, ablation, how):
        """Takes a part away.

        Args:
            ablation: `Ablation`.
            how: str. `ZEROED`, or `RANDOMISED`: in its place stands that of
                another packet, drawn among those of the same IP version and
                protocol, each of which gives once. A packet without others of
                its kind keeps its own.

        Returns:
            tuple of new `rows` and `sizes`.
        """
        rows = self.rows.copy()
        for number, structure in enumerate(self._structures.tolist()):
            bits = row_bits(ablation.masks, *structure, rows.shape[1])
            columns = np.flatnonzero(bits)
            packets = np.flatnonzero(self._of == number)
            places = np.ix_(packets, columns)
            rows[places] &= ~bits[columns]
            if how == RANDOMISED:
                given = self.rows[np.ix_(self._donors[packets], columns)]
                rows[places] |= given & bits[columns]
        if not hides_length(ablation.masks):
            return rows, self.sizes
        if how == RANDOMISED:
            return rows, self.sizes[self._donors]
        return rows, np.zeros_like(self.sizes)


def _donors(of, generator):
    """For each packet another one of its kind; each gives once."""
    donors = np.arange(len(of))
    for number in range(of.max() + 1):
        packets = generator.permutation(np.flatnonzero(of == number))
        donors[packets] = np.roll(packets, 1)
    return donors
