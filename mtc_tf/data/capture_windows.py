"""Windows of the flows of a labelled capture."""

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
