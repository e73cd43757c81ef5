"""Which field of a packet each byte of a preprocessed row belongs to."""

import numpy as np

from mtc_tf.packets.fields import PAYLOAD

_TCP, _UDP = 6, 17
# The headers of a row as they follow each other: field, and how many bytes.
# A byte that two fields share counts for the second one.
_LAYOUTS = {
    "IPv4": (
        ("ip.version", 1),
        ("ip.tos", 1),
        ("ip.length", 2),
        ("ip.id", 2),
        ("ip.fragment", 2),
        ("ip.ttl", 1),
        ("ip.protocol", 1),
        ("ip.checksum", 2),
        ("ip.addresses", 8),
    ),
    "IPv6": (
        ("ip.version", 1),
        ("ip.tos", 1),
        ("ip.flow_label", 2),
        ("ip.length", 2),
        ("ip.protocol", 1),
        ("ip.ttl", 1),
        ("ip.addresses", 32),
    ),
    "TCP": (
        ("transport.ports", 4),
        ("tcp.seq", 4),
        ("tcp.ack", 4),
        ("tcp.data_offset", 1),
        ("tcp.flags", 1),
        ("tcp.window", 2),
        ("transport.checksum", 2),
        ("tcp.urgent", 2),
    ),
    "UDP": (
        ("transport.ports", 4),
        ("udp.length", 2),
        ("transport.checksum", 2),
        ("udp.filling", 12),
    ),
    # The payload follows the header of IP.
    "other": (),
}
KINDS = tuple(
    (ip, transport)
    for ip in ("IPv4", "IPv6")
    for transport in ("TCP", "UDP", "other")
)
# In the order in which they stand in a row.
ROW_FIELDS = (
    *dict.fromkeys(name for layout in _LAYOUTS.values() for name, _ in layout),
    PAYLOAD,
)


def packet_kinds(packets):
    """Says of preprocessed packets which headers they have.

    Args:
        packets: uint8 array `(packets, bytes)`.

    Returns:
        int array `(packets,)`, places in `KINDS`.
    """
    is_ipv6 = packets[:, 0] >> 4 == 6
    protocols = np.where(is_ipv6, packets[:, 6], packets[:, 9])
    transports = np.select([protocols == _TCP, protocols == _UDP], [0, 1], 2)
    return 3 * is_ipv6 + transports


def fields_of_kind(kind, length):
    """Names the field of each byte.

    Args:
        kind: int. A place in `KINDS`.
        length: int. Bytes of a row.

    Returns:
        int array `(length,)`, places in `ROW_FIELDS`. What no header holds is
        payload: also the zeros that fill the row up.

    Paper: Section 3.2.1 makes these rows.
    """
    names = [
        name
        for header in KINDS[kind]
        for name, count in _LAYOUTS[header]
        for _ in range(count)
    ]
    names += [PAYLOAD] * (length - len(names))
    return np.array([ROW_FIELDS.index(name) for name in names[:length]])
