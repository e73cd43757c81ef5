"""Windows of the flows of a labelled capture."""

import numpy as np

from mtc_tf.data.capture_split import LEFT_OUT
from mtc_tf.features.flow_windows import MOST_WINDOWS
from mtc_tf.features.flow_windows import FlowWindows


def windows_of(capture, part, packets_per_flow):
    """Cuts the flows of one part of a capture into windows.

    Args:
        capture: `LabelledCapture`, divided.
        part: int. Value in its `parts`.
        packets_per_flow: int. Packets of a window.

    Yields:
        `Windows`, whose `flows` are rows in the capture's `flows`.
    """
    windows = FlowWindows(packets_per_flow)
    for rows, stored in capture.batches_of(part):
        yield windows.add(
            capture.flow_rows[rows],
            stored.packets,
            stored.timestamps,
            stored.from_upper,
            capture.numbers[rows],
        )
    yield from windows.rest()


def leave_out_unseen(capture, packets_per_flow):
    """Leaves out the packets behind the last window of their flow.

    Args:
        capture: `LabelledCapture`, divided; its `parts` are changed.
        packets_per_flow: int. Packets of a window.
    """
    positions = _positions(capture.flow_rows)
    capture.parts[positions >= MOST_WINDOWS * packets_per_flow] = LEFT_OUT


def count_windows(capture, part, packets_per_flow):
    """Returns how many windows one part of a capture has.

    Args:
        capture: `LabelledCapture`, divided.
        part: int. Value in its `parts`.
        packets_per_flow: int. Packets of a window.
    """
    packets = np.bincount(capture.flow_rows[capture.parts == part])
    return int((-(-packets // packets_per_flow)).sum())


def _positions(flow_rows):
    """The number of each packet in its flow, from 0."""
    order = np.argsort(flow_rows, kind="stable")
    firsts = np.flatnonzero(np.diff(flow_rows[order], prepend=-1))
    counts = np.diff(np.append(firsts, len(order)))
    positions = np.empty(len(order), np.int64)
    positions[order] = np.arange(len(order)) - np.repeat(firsts, counts)
    return positions
