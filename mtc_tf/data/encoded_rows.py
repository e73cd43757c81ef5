"""Rows of a labelled capture as the bytes of `tf.train.Example`s."""

import numpy as np

from mtc_tf.data.capture_windows import windows_of
from mtc_tf.data.example_template import ExampleTemplate
from mtc_tf.data.splits import PARTS
from mtc_tf.data.stored_packet import pack_packets
from mtc_tf.tasks import PACKET
from mtc_tf.tasks import SERIES

_COLUMNS = {"flow": np.int64, "timestamp": np.float64}


def encoded_packets(capture, known):
    """Encodes the packets of a capture.

    Args:
        capture: `LabelledCapture`, divided.
        known: list of dict, one for each of its `labels`: the features that
            its rows have in common.

    Yields:
        tuple `(part, numbers, examples)`: the name of a part, an int array of
        the positions of packets in the capture, and a list of bytes.
    """
    templates = [
        ExampleTemplate(own, _COLUMNS | {"length": np.int32}, PACKET.name)
        for own in known
    ]
    for rows, stored in capture.batches_of(*range(len(PARTS))):
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
        examples = list(map(b"".join, zip(*pieces, strict=True)))
        for index, part in enumerate(PARTS):
            own = np.flatnonzero(capture.parts[rows] == index)
            if len(own):
                numbers = capture.numbers[rows[own]]
                yield part, numbers, [examples[row] for row in own.tolist()]


def encoded_windows(packets_per_flow, capture, known):
    """Encodes the windows of a capture.

    Args:
        packets_per_flow: int. Packets of a window.
        capture: as of `encoded_packets`.
        known: as of `encoded_packets`.

    Yields:
        tuple `(part, numbers, examples)`: as of `encoded_packets`, the numbers
        those of the windows' first packets.
    """
    templates = [ExampleTemplate(own, _COLUMNS, SERIES.name) for own in known]
    for index, part in enumerate(PARTS):
        for windows in windows_of(capture, index, packets_per_flow):
            if len(windows):
                examples = _examples_of_windows(windows, capture, templates)
                yield part, windows.numbers, examples


def _examples_of_windows(windows, capture, templates):
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
    pieces = zip(heads, _as_bytes(series.view(np.uint8)), strict=True)
    return list(map(b"".join, pieces))


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
