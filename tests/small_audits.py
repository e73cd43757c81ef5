"""Rows for an audit, small enough to work out what it finds by hand."""

import numpy as np

from mtc_tf.audit.audited_rows import AuditedRows
from mtc_tf.data.equal_rows import packet_ids
from mtc_tf.data.splits import PARTS
from mtc_tf.tasks import FEATURES
from mtc_tf.tasks import PACKET

LETTERS = ["A", "B", "C"]


def udp_packet(port, payload=0, client=50_000):
    """A preprocessed packet from a client to a server's port."""
    packet = np.zeros(100, np.uint8)
    packet[0], packet[8], packet[9] = 0x45, 64, 17
    packet[20:24] = client >> 8, client & 255, port >> 8, port & 255
    packet[60:64] = np.array([payload], ">u4").view(np.uint8)
    return packet


def packet_audit(rows):
    """Makes `AuditedRows` of packets.

    Args:
        rows: list of `(part, capture, flow, label, packet)`: names of part
            and capture, an int, a letter or "" for no label, and what
            `udp_packet` returns. Each capture is a group of its own.
    """
    parts, captures, flows, labels, packets = zip(*rows, strict=True)
    names, places = np.unique(captures, return_inverse=True)
    packets = np.array(packets)
    return AuditedRows(
        name="small/audit/1.0.0",
        split="packet",
        recipe="paper",
        kind=PACKET,
        tasks={"application": LETTERS},
        feature_names=[],
        parts=_indices(PARTS, parts).astype(np.int8),
        ids=packet_ids(packets),
        rows={"packet": packets, "length": np.full(len(rows), 100)},
        labels={"application": _indices(LETTERS, labels)},
        units={"flow": np.array(flows), "group": places, "capture": places},
        unit_names={"group": names.tolist(), "capture": names.tolist()},
    )


def record_audit(parts, labels, features):
    """Makes `AuditedRows` of records, one a line of one file.

    Args:
        parts: list of str.
        labels: list of letters.
        features: dict from name to list of numbers.
    """
    table = np.array(list(features.values()), np.float32).T
    return AuditedRows(
        name="small/records/1.0.0",
        split="row",
        recipe="clean",
        kind=FEATURES,
        tasks={"attack": LETTERS},
        feature_names=list(features),
        parts=_indices(PARTS, parts).astype(np.int8),
        ids=np.arange(len(parts)).astype(np.uint64),
        rows={"features": table},
        labels={"attack": _indices(LETTERS, labels)},
        units={
            "file": np.zeros(len(parts), int),
            "line": np.arange(len(parts)),
        },
        unit_names={"file": ["records.csv"]},
    )


def _indices(names, values):
    return np.array([names.index(x) if x else -1 for x in values])
