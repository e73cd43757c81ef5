"""The header fields of preprocessed packets, in a model's graph."""

import keras
import numpy as np
from keras import ops

from mtc_tf.features.header_fields import HEADER_BYTES
from mtc_tf.features.header_fields import HEADER_FIELDS
from mtc_tf.features.header_fields import IPV4_HEADER
from mtc_tf.features.header_fields import IPV6_HEADER
from mtc_tf.features.header_fields import TCP
from mtc_tf.features.header_fields import UDP

# Where fields lie in their header, in half bytes: the first, and how many.
_IPV4 = {
    "tos": (2, 2),
    "ip_length": (4, 4),
    "ip_id": (8, 4),
    "fragment": (12, 4),
    "ttl": (16, 2),
    "protocol": (18, 2),
}
_IPV6 = {
    "tos": (1, 2),
    "ip_length": (8, 4),
    "protocol": (12, 2),
    "ttl": (14, 2),
}
# The lower and the higher port are made of the other two.
_PORTS = {"source_port": (0, 4), "destination_port": (4, 4)}
_TCP = {
    "seq_high": (8, 4),
    "seq_low": (12, 4),
    "ack_high": (16, 4),
    "ack_low": (20, 4),
    "data_offset": (24, 1),
    "tcp_flags": (26, 2),
    "window": (28, 4),
}
_UDP = {"udp_length": (8, 4)}

_COLUMN = {name: column for column, name in enumerate(HEADER_FIELDS)}


@keras.saving.register_keras_serializable(package="mtc_tf")
class HeaderFields(keras.layers.Layer):
    """Reads the header fields of packets, as numbers.

    Computes what `mtc_tf.features.header_fields.header_fields` computes. A
    field is a sum of half bytes, each times a power of 16, so that one matrix
    product reads all fields of a version of IP. It is exact: all sums are below
    2^24, and the factors fit the short types that GPUs round them to.

    Takes the arguments of `keras.layers.Layer`, and none of its own. Nothing is
    learned.

    Input shape:
        `(batch, bytes)`, uint8, at least 60 bytes.

    Output shape:
        `(batch, 18)`, float32, the columns as in `HEADER_FIELDS`.

    Paper: Section 3.2.1 makes these rows.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        # float32 also under mixed precision: bfloat16 would round the ports.
        self.autocast = False
        self._ipv4 = _factors(_IPV4, IPV4_HEADER)
        self._ipv6 = _factors(_IPV6, IPV6_HEADER)
        # IPv6 counts what follows its header.
        self._ipv6_header = IPV6_HEADER * _marks(["ip_length"])
        self._always = _marks(_IPV4)
        self._in_both = _marks(_PORTS)
        self._in_tcp = _marks(_TCP)
        self._in_udp = _marks(_UDP)

    def build(self, input_shape):
        if input_shape[-1] < HEADER_BYTES:
            raise ValueError(
                f"The input must have {HEADER_BYTES} bytes at least. "
                f"Received: input shape={tuple(input_shape)}."
            )
        self.built = True

    def call(self, inputs):
        rows = ops.cast(inputs[:, :HEADER_BYTES], "float32")
        upper = ops.floor(rows / 16)
        half_bytes = ops.concatenate([upper, rows - 16 * upper], axis=1)
        is_ipv6 = ops.equal(upper[:, :1], 6)  # (batch, 1)
        ipv4 = ops.matmul(half_bytes, self._ipv4)
        ipv6 = ops.matmul(half_bytes, self._ipv6)
        fields = ops.where(is_ipv6, ops.add(ipv6, self._ipv6_header), ipv4)
        # (batch, 18), of both transports
        fields = ops.multiply(fields, self._which(fields))
        ports = [_column(fields, name) for name in _PORTS]
        lower, higher = _COLUMN["lower_port"], _COLUMN["higher_port"]
        return ops.concatenate(
            [
                fields[:, :lower],
                ops.minimum(*ports),
                ops.maximum(*ports),
                fields[:, higher + 1 :],
            ],
            axis=1,
        )

    def _which(self, fields):
        """1 for the fields that a packet has, 0 for the others."""
        is_tcp, is_udp = (
            ops.cast(ops.equal(_column(fields, "protocol"), number), "float32")
            for number in (TCP, UDP)
        )
        of_tcp = ops.multiply(is_tcp, self._in_tcp + self._in_both)
        of_udp = ops.multiply(is_udp, self._in_udp + self._in_both)
        return ops.add(of_tcp + of_udp, self._always)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], len(HEADER_FIELDS))


def _factors(fields, transport):
    """What half bytes count in each field: all upper ones, all lower ones.

    Args:
        fields: dict from the name of a field of IP to its place.
        transport: int. Bytes of IP's header.

    Returns:
        float32 array `(2 * HEADER_BYTES, 18)`.
    """
    factors = np.zeros((HEADER_BYTES, 2, len(HEADER_FIELDS)), "float32")
    behind = {**_PORTS, **_TCP, **_UDP}
    for start, places in ((0, fields), (2 * transport, behind)):
        for name, (first, count) in places.items():
            for index in range(count):
                byte, half = divmod(start + first + index, 2)
                power = 16.0 ** (count - 1 - index)
                factors[byte, half, _COLUMN[name]] = power
    return np.concatenate([factors[:, 0], factors[:, 1]])


def _marks(names):
    """1 in the columns of these fields, 0 in the others."""
    return np.isin(HEADER_FIELDS, list(names)).astype("float32")


def _column(fields, name):
    """One field, `(batch, 1)`."""
    return fields[:, _COLUMN[name] : _COLUMN[name] + 1]
