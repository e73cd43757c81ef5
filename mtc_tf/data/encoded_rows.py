"""Rows of a labelled capture as the bytes of `tf.train.Example`s."""

import numpy as np

from mtc_tf.data.capture_windows import windows_of
from mtc_tf.data.example_template import ExampleTemplate
from mtc_tf.data.stored_packet import pack_packets
from mtc_tf.tasks import PACKET
from mtc_tf.tasks import SERIES

_COLUMNS = {"flow": np.int64, "timestamp": np.float64}


def encoded_packets(capture, known, part):
    """Encodes the packets of one part.

    Args:
        capture: `LabelledCapture`, divided.
        known: list of dict, one for each of its `labels`: the features that
            its rows have in common.
        part: int. Value in its `parts`.

    Yields:
        tuple `(numbers, examples)`: an int array of the positions of packets
        in the capture, and a list of bytes.
    """
    templates = [
        ExampleTemplate(own, _COLUMNS | {"length": np.int32}, PACKET.name)
        for own in known
    ]
    for rows, stored in capture.batches_of(part):
        packets = stored.own_bytes
        sizes, begins, tails, checksums = pack_packets(packets)
        flows = capture.flow_rows[rows]
        heads = _heads(
            templates,
            capture.label_rows[flows],
            sizes,
            {
                "flow": capture.flows[flows],
                "timestamp": stored.timestamps,
                "length": stored.lengths,
            },
        )
        pieces = (heads, _as_bytes(begins), packets, tails, checksums)
        yield (
            capture.numbers[rows],
            list(map(b"".join, zip(*pieces, strict=True))),
        )


def encoded_windows(packets_per_flow, capture, known, part):
    """Encodes the windows of one part.

    Args:
        packets_per_flow: int. Packets of a window.
        capture: as of `encoded_packets`.
        known: as of `encoded_packets`.
        part: as of `encoded_packets`.

    Yields:
        tuple `(numbers, examples)`: an int array of the positions of the
        windows' first packets in the capture, and a list of bytes.
    """
    templates = [ExampleTemplate(own, _COLUMNS, SERIES.name) for own in known]
    for windows in windows_of(capture, part, packets_per_flow):
        if not len(windows):
            continue
        series = windows.series.reshape(len(windows), -1)
        heads = _heads(
            templates,
            capture.label_rows[windows.flows],
            np.full(len(windows), series[0].nbytes),
            {
                "flow": capture.flows[windows.flows],
                "timestamp": windows.timestamps,
            },
        )
        pieces = (heads, _as_bytes(series.view(np.uint8)))
        yield (
            windows.numbers,
            list(map(b"".join, zip(*pieces, strict=True))),
        )


def _heads(templates, labels, sizes, columns):
    """What each Example begins with, a list of bytes."""
    if len(templates) == 1:
        return _as_bytes(templates[0].heads(sizes, columns))
    heads = np.empty(len(labels), object)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        own = {name: values[rows] for name, values in columns.items()}
        heads[rows] = _as_bytes(templates[label].heads(sizes[rows], own))
    return heads.tolist()


def _as_bytes(rows):
    """Each row of a uint8 array as bytes."""
    rows = np.ascontiguousarray(rows)
    return rows.view(f"V{rows.shape[1]}").ravel().tolist()
