"""Attributions of bytes added up over header fields, and their averages."""

import numpy as np

from mtc_tf.features.header_fields import HEADER_FIELDS
from mtc_tf.packets.row_fields import KINDS
from mtc_tf.packets.row_fields import ROW_FIELDS
from mtc_tf.packets.row_fields import fields_of_kind
from mtc_tf.packets.row_fields import packet_kinds

# What a model reads out of a field that the packet does not have: it only says
# which headers there are.
ABSENT = "absent fields"
NAMES = (*ROW_FIELDS, ABSENT)
# Where the numbers of `HEADER_FIELDS` stand.
_FIELD_OF_NUMBER = {
    "tos": "ip.tos",
    "ip_length": "ip.length",
    "ip_id": "ip.id",
    "fragment": "ip.fragment",
    "ttl": "ip.ttl",
    "protocol": "ip.protocol",
    "source_port": "transport.ports",
    "destination_port": "transport.ports",
    "lower_port": "transport.ports",
    "higher_port": "transport.ports",
    "seq_high": "tcp.seq",
    "seq_low": "tcp.seq",
    "ack_high": "tcp.ack",
    "ack_low": "tcp.ack",
    "data_offset": "tcp.data_offset",
    "tcp_flags": "tcp.flags",
    "window": "tcp.window",
    "udp_length": "udp.length",
}


def by_field(packets, attributions):
    """Adds up what belongs to a field, as bytes and as a number.

    Args:
        packets: uint8 array `(rows, length)`.
        attributions: `mtc_tf.explanation.attribution.Attributions` of them.

    Returns:
        float array `(rows, fields)`, the columns as in `NAMES`. Its rows have
        the sums of the attributions.
    """
    length = attributions.by_byte.shape[1]
    kinds = packet_kinds(packets)
    result = np.zeros((len(packets), len(NAMES)))
    for kind in range(len(KINDS)):
        rows = kinds == kind
        fields = fields_of_kind(kind, length)
        has_byte = np.eye(len(NAMES))[fields]  # (length, fields)
        result[rows] += attributions.by_byte[rows] @ has_byte
        is_there = has_byte.any(axis=0)
        numbers = attributions.by_number[rows]
        for name, values in zip(HEADER_FIELDS, numbers.T, strict=False):
            column = NAMES.index(_FIELD_OF_NUMBER[name])
            if not is_there[column]:
                column = NAMES.index(ABSENT)
            result[rows, column] += values
    return result


def attribution_averages(packets, attributions, class_names):
    """Averages attributions over packets.

    Args:
        packets: uint8 array `(rows, length)`, one row at least.
        attributions: `mtc_tf.explanation.attribution.Attributions` of them.
        class_names: list of str.

    Returns:
        dict that `json` can write: `completeness_error` and `steps`;
        `difference`, how much more probable a packet makes the answer than the
        average packet does; `fields`, from the name of each to what it adds to
        that (`mean`) and its part of all absolute attributions (`share`); the
        same for each position in `bytes`, with the name of its `field` in the
        most frequent `headers`; and `classes`, from each class that is answered
        to its `packets` and `fields`.
    """
    fields = by_field(packets, attributions)
    kinds = packet_kinds(packets)
    usual = int(np.bincount(kinds).argmax())
    by_byte = attributions.by_byte
    places = fields_of_kind(usual, by_byte.shape[1])
    answered = {
        name: fields[attributions.answers == number]
        for number, name in enumerate(class_names)
    }
    return {
        "completeness_error": attributions.error,
        "steps": attributions.steps,
        "difference": float(attributions.differences.mean()),
        "fields": dict(zip(NAMES, _averages(fields), strict=True)),
        "headers": ", ".join(KINDS[usual]),
        "bytes": [
            {"field": ROW_FIELDS[place], **entry}
            for place, entry in zip(places, _averages(by_byte), strict=True)
        ],
        "classes": {
            name: {
                "packets": len(rows),
                "fields": dict(zip(NAMES, _averages(rows), strict=True)),
            }
            for name, rows in answered.items()
            if len(rows)
        },
    }


def _averages(attributions):
    """A dict of `mean` and `share` for each column."""
    sizes = np.abs(attributions).mean(axis=0)
    shares = sizes / (sizes.sum() or 1)
    return [
        {"mean": float(mean), "share": float(share)}
        for mean, share in zip(attributions.mean(axis=0), shares, strict=True)
    ]
