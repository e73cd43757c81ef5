"""Where header fields stand in a preprocessed row."""

import numpy as np

from mtc_tf.packets.byte_rows import PACKET_LENGTH
from mtc_tf.packets.fields import ALL_BUT_LENGTHS
from mtc_tf.packets.fields import FIELDS
from mtc_tf.packets.fields import HEADERS
from mtc_tf.packets.fields import LENGTHS
from mtc_tf.packets.fields import OTHER_BITS
from mtc_tf.packets.fields import PAYLOAD
from mtc_tf.packets.ip_packets import EXTENSIONS
from mtc_tf.packets.ip_packets import IPV4_LENGTH
from mtc_tf.packets.ip_packets import IPV6_LENGTH
from mtc_tf.packets.transport_packets import TRANSPORT_LENGTH

# What says which fields a row has: the IP version and the protocol.
STRUCTURE = "structure"
_STRUCTURE = {4: {0: 0xF0, 9: 0xFF}, 6: {0: 0xF0, 6: 0xFF}}
_TRANSPORTS = {6: ("tcp",), 17: ("udp",)}
# What follows an IPv6 header that names an extension, which is cut: one of
# them, most likely, and the row does not tell which.
_BEHIND_EXTENSIONS = ("tcp", "udp")


def mask_rows(rows, masks):
    """Sets fields of preprocessed rows to zero.

    Of a row `45000022 …`, the mask `ip.length` leaves `45000000 …`.

    Choice: behind the extension headers of IPv6 a row does not tell the
    transport; there the fields of TCP go, and those of UDP.

    Args:
        rows: uint8 array `(packets, bytes)`, at least 60 bytes of each.
        masks: iterable of str. Out of `MASKS`.

    Returns:
        uint8 array like `rows`.
    """
    versions, protocols = row_structures(rows)
    kinds, places = np.unique(versions << 8 | protocols, return_inverse=True)
    length = rows.shape[1]
    masked = [
        row_bits(masks, kind >> 8, kind & 0xFF, length)
        for kind in kinds.tolist()
    ]
    kept = ~np.array(masked, np.uint8).reshape(-1, length)
    return rows & kept[places]


def row_structures(rows):
    """Says of preprocessed rows what `row_bits` depends on.

    Args:
        rows: uint8 array `(packets, bytes)`.

    Returns:
        tuple of two int64 arrays `(packets,)`: IP versions and protocols.
    """
    versions = rows[:, 0].astype(np.int64) >> 4
    protocols = np.where(versions == 6, rows[:, 6], rows[:, 9])
    return versions, protocols.astype(np.int64)


def row_bits(names, version, protocol, length=PACKET_LENGTH):
    """Says which bits of a row belong to fields.

    Of a row `45000022 …` with UDP, `ip.ttl` are the bits `ff` of byte 8 and
    `payload` those of all bytes from 40 on.

    Args:
        names: iterable of str. Out of `MASKS`, or `STRUCTURE`.
        version: int. The IP version of the row.
        protocol: int. Its protocol.
        length: int. Bytes of the row.

    Returns:
        uint8 array `(length,)`, with the bits set that belong to a field.
    """
    bits = np.zeros(length, np.uint8)
    ip_length = IPV6_LENGTH if version == 6 else IPV4_LENGTH
    transports = _TRANSPORTS.get(protocol, ())
    if version == 6 and protocol in EXTENSIONS:
        transports = _BEHIND_EXTENSIONS
    starts = {f"ipv{version}": 0, **dict.fromkeys(transports, ip_length)}
    for name in names:
        if name == PAYLOAD:
            header = ip_length + (TRANSPORT_LENGTH if transports else 0)
            bits[header:] = 0xFF
        if name == ALL_BUT_LENGTHS:
            goes, stays = (
                row_bits(fields, version, protocol, length)
                for fields in ((HEADERS, PAYLOAD), (STRUCTURE, *LENGTHS))
            )
            bits |= goes & ~stays
        if name == STRUCTURE:
            for place, own in _STRUCTURE.get(version, {}).items():
                bits[place] |= own
        for layer, (first, last) in FIELDS.get(name, {}).items():
            if layer in starts:
                start = starts[layer]
                own = np.full(last - first, 0xFF, np.uint8)
                own[0] &= ~OTHER_BITS.get(name, 0) & 0xFF
                bits[start + first : start + last] |= own
    return bits
