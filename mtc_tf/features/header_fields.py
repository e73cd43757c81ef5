"""The header fields of preprocessed packets, as numbers.

`mtc_tf.layers.header_fields.HeaderFields` computes the same in a model's graph.
"""

import numpy as np

# In this order. A field that a packet does not have is 0: `ip_id` and
# `fragment` in IPv6, all from `source_port` on in other transports than TCP and
# UDP. TCP's numbers of 32 bits come in two halves, which float32 can hold.
HEADER_FIELDS = (
    "tos",
    "ip_length",
    "ip_id",
    "fragment",
    "ttl",
    "protocol",
    "source_port",
    "destination_port",
    "lower_port",
    "higher_port",
    "seq_high",
    "seq_low",
    "ack_high",
    "ack_low",
    "data_offset",
    "tcp_flags",
    "window",
    "udp_length",
)
# Bytes of a row in which these fields lie: two headers, the longer of each.
HEADER_BYTES = 60

TCP, UDP = 6, 17
IPV4_HEADER, IPV6_HEADER = 20, 40


def header_fields(rows):
    """Reads the header fields of preprocessed packets.

    Args:
        rows: uint8 array `(packets, bytes)`, at least `HEADER_BYTES` bytes of
            each row.

    Returns:
        int32 array `(packets, 18)`, the columns as in `HEADER_FIELDS`. Lengths
        are in bytes; `ip_length` counts the IP header, in IPv6 too; `fragment`
        holds the flags and the offset of IPv4 as they stand there.

    Raises:
        ValueError: if the rows are too short.

    Paper: Section 3.2.1 makes these rows.
    """
    if rows.ndim != 2 or rows.shape[1] < HEADER_BYTES:
        raise ValueError(
            f"`rows` must have {HEADER_BYTES} bytes each. "
            f"Received: shape {rows.shape}."
        )
    rows = rows[:, :HEADER_BYTES].astype(np.int32)
    is_ipv6 = rows[:, 0] >> 4 == 6
    ip, ipv6 = rows[:, :IPV4_HEADER], rows[:, :IPV6_HEADER]
    protocol = np.where(is_ipv6, ipv6[:, 6], ip[:, 9])
    transport = np.where(
        is_ipv6[:, np.newaxis],
        rows[:, IPV6_HEADER:HEADER_BYTES],
        rows[:, IPV4_HEADER:IPV6_HEADER],
    )
    is_tcp, is_udp = protocol == TCP, protocol == UDP
    has_ports = is_tcp | is_udp
    source = _uint16(transport, 0) * has_ports
    destination = _uint16(transport, 2) * has_ports
    columns = {
        "tos": np.where(
            is_ipv6, (ipv6[:, 0] & 15) << 4 | ipv6[:, 1] >> 4, ip[:, 1]
        ),
        "ip_length": np.where(
            is_ipv6, _uint16(ipv6, 4) + IPV6_HEADER, _uint16(ip, 2)
        ),
        "ip_id": _uint16(ip, 4) * ~is_ipv6,
        "fragment": _uint16(ip, 6) * ~is_ipv6,
        "ttl": np.where(is_ipv6, ipv6[:, 7], ip[:, 8]),
        "protocol": protocol,
        "source_port": source,
        "destination_port": destination,
        "lower_port": np.minimum(source, destination),
        "higher_port": np.maximum(source, destination),
        "seq_high": _uint16(transport, 4) * is_tcp,
        "seq_low": _uint16(transport, 6) * is_tcp,
        "ack_high": _uint16(transport, 8) * is_tcp,
        "ack_low": _uint16(transport, 10) * is_tcp,
        "data_offset": (transport[:, 12] >> 4) * is_tcp,
        "tcp_flags": transport[:, 13] * is_tcp,
        "window": _uint16(transport, 14) * is_tcp,
        "udp_length": _uint16(transport, 4) * is_udp,
    }
    return np.stack([columns[name] for name in HEADER_FIELDS], axis=1)


def _uint16(rows, column):
    return rows[:, column] << 8 | rows[:, column + 1]
