"""Header fields of packets, changed at random while a model is trained.

What a connection happened to begin with (its client port, the counters of its
system) names the flow and not what it carries. A model that sees such fields
change cannot learn flows by heart.
"""

from keras import ops

from mtc_tf.features.header_fields import HEADER_BYTES
from mtc_tf.features.header_fields import IPV4_HEADER
from mtc_tf.features.header_fields import IPV6_HEADER
from mtc_tf.features.header_fields import TCP
from mtc_tf.features.header_fields import UDP

# Two bytes decide on a field's fate and some are its new value: IP id 2, TTL
# 2, client port 2, seq 4, ack 4, window 2.
RANDOM_BYTES = 6 * 2 + 16

_TTL_CHANGE = 3
_FIRST_CLIENT_PORT = 1024


def augment_headers(rows, random_bytes, randomize=0.0, drop=0.0):
    """Changes header fields of preprocessed packets.

    The fields are the IP id, the TTL or hop limit (by at most 3, within 1 to
    255), the client port (the higher one of the two; a new one is above 1023),
    and TCP's sequence number, acknowledgement and window. Each is changed by
    itself: set to 0 with the probability `drop`, else replaced with the
    probability `randomize`. A field that a packet does not have is left as it
    is: the IP id in IPv6, ports of other transports than TCP and UDP, the last
    three of others than TCP. So are rows that are no IP packet.

    It runs on every backend of Keras, in a graph too.

    Args:
        rows: uint8 tensor `(..., bytes)`, at least 60 bytes each.
        random_bytes: uint8 tensor `(..., RANDOM_BYTES)`, all values alike.
        randomize: float. Probability of a value at random.
        drop: float. Probability of 0.

    Returns:
        uint8 tensor of the shape of `rows`.
    """
    header = ops.cast(rows[..., :HEADER_BYTES], "int32")
    columns = [header[..., i] for i in range(HEADER_BYTES)]
    draw = _Draw(ops.cast(random_bytes, "int32"), randomize, drop)
    is_ipv6 = columns[0] // 16 == 6

    def field(offset, offset_ipv6):
        return ops.where(is_ipv6, columns[offset_ipv6], columns[offset])

    ttl = field(8, 7)
    ttl = draw.value_of(ttl, _near(ttl, draw.number(2)))
    in_ipv4 = {**_at(4, draw.bytes_of(columns[4:6])), 8: ttl}
    in_ipv6 = {7: ttl}
    transport = _change_transport(
        [
            field(IPV4_HEADER + i, IPV6_HEADER + i)
            for i in range(HEADER_BYTES - IPV6_HEADER)
        ],
        field(9, 6),
        draw,
    )
    for i, column in transport.items():
        in_ipv4[IPV4_HEADER + i] = in_ipv6[IPV6_HEADER + i] = column
    for version, changed in ((4, in_ipv4), (6, in_ipv6)):
        is_version = header[..., 0] // 16 == version
        for i, column in changed.items():
            columns[i] = ops.where(is_version, column, columns[i])
    changed = ops.cast(ops.stack(columns, axis=-1), "uint8")
    return ops.concatenate([changed, rows[..., HEADER_BYTES:]], axis=-1)


def _change_transport(columns, protocol, draw):
    """What of the first 20 bytes of the transport changes, by their places."""
    is_tcp = protocol == TCP
    has_ports = ops.logical_or(is_tcp, protocol == UDP)
    source = columns[0] * 256 + columns[1]
    destination = columns[2] * 256 + columns[3]
    is_source = source >= destination
    client = ops.where(is_source, source, destination)
    client = draw.value_of(client, _client_port(draw.number(2)))
    source = ops.where(is_source, client, source)
    destination = ops.where(is_source, destination, client)
    ports = [source // 256, source % 256, destination // 256, destination % 256]
    of_tcp = {
        **_at(4, draw.bytes_of(columns[4:8])),
        **_at(8, draw.bytes_of(columns[8:12])),
        **_at(14, draw.bytes_of(columns[14:16])),
    }
    return {
        i: ops.where(condition, column, columns[i])
        for condition, changed in ((has_ports, _at(0, ports)), (is_tcp, of_tcp))
        for i, column in changed.items()
    }


def _at(start, columns):
    """Columns by their places, one after the other."""
    return dict(enumerate(columns, start))


def _near(ttl, number):
    change = number % (2 * _TTL_CHANGE + 1) - _TTL_CHANGE
    return ops.clip(ttl + change, 1, 255)


def _client_port(number):
    ports = 2**16 - _FIRST_CLIENT_PORT
    return _FIRST_CLIENT_PORT + number * ports // 2**16


class _Draw:
    """Takes what it needs from the random bytes, one after the other."""

    def __init__(self, random_bytes, randomize, drop):
        self._bytes = random_bytes
        self._next = 0
        self._dropped = round(drop * 2**16)
        self._changed = round((drop + randomize) * 2**16)

    def number(self, length):
        """A whole number of so many random bytes."""
        number = 0
        for byte in self._take(length):
            number = number * 256 + byte
        return number

    def bytes_of(self, columns):
        """The bytes of a field: as they are, at random, or 0."""
        new = self._take(len(columns))
        fate = self.number(2)
        return [
            self._decide(fate, column, byte)
            for column, byte in zip(columns, new, strict=True)
        ]

    def value_of(self, value, new):
        """A field's value: as it is, the new one, or 0."""
        return self._decide(self.number(2), value, new)

    def _take(self, count):
        first, self._next = self._next, self._next + count
        return [self._bytes[..., i] for i in range(first, self._next)]

    def _decide(self, fate, value, new):
        kept = ops.where(fate < self._changed, new, value)
        return ops.where(fate < self._dropped, 0, kept)
