"""A capture that may come by and by -> rows, each as soon as it is decided."""

import math
import numbers
import os

from mtc_tf.errors import InputError
from mtc_tf.inference.flow_limits import MOST_FLOWS
from mtc_tf.inference.flow_limits import FlowLimits
from mtc_tf.inference.label_packets import label_frames
from mtc_tf.packets import CaptureReport
from mtc_tf.packets.capture import read_capture
from mtc_tf.packets.capture_stream import read_stream


def label_stream(file, classifier, *, by=None, reject=None, **limits):
    """Labels packets, or their flows, while they come.

    Args:
        file: path, also of a pipe or device, or binary file object. Files are
            read in chunks, all others as `read_stream` does. The rows call it
            by its path, or its attribute `name`, or `-`.
        classifier: as of `label_frames`.
        by: as of `label_frames`.
        reject: as of `label_frames`.
        **limits: as of `flow_limits_of`.

    Yields:
        as `label_frames`.

    Raises:
        InputError: as of `label_frames` and `flow_limits_of`, or if the capture
            cannot be read.
    """
    is_of_packets = by != "flow" and not classifier.facts.packets_per_flow
    given = [key for key, value in limits.items() if value is not None]
    if is_of_packets and given:
        raise InputError(
            f"{', '.join(given)}: for rows of flows, expected by='flow', "
            "received rows of packets"
        )
    report = CaptureReport()
    if hasattr(file, "read"):
        name, read = str(getattr(file, "name", "-")), read_stream
    else:
        name = file
        read = read_capture if os.path.isfile(file) else read_stream
    yield from label_frames(
        read(file, name, report.warnings),
        name,
        classifier,
        report=report,
        by=by,
        reject=reject,
        limits=flow_limits_of(**limits),
    )


def flow_limits_of(packets_per_flow=None, flow_timeout=None, max_flows=None):
    """Checks limits of flows.

    Args:
        packets_per_flow: int. A flow is answered as soon as so many of its
            packets have come; None for no such bound.
        flow_timeout: float. Seconds of the capture after its first packet after
            which a flow is answered; None for no such bound.
        max_flows: int. So many flows are held; None for 250,000.

    Returns:
        `FlowLimits`.

    Raises:
        InputError: if one cannot be.
    """
    counts = {"packets_per_flow": packets_per_flow, "max_flows": max_flows}
    for name, count in counts.items():
        if count is not None and not (
            isinstance(count, numbers.Integral) and count > 0
        ):
            raise InputError(
                f"{name}: expected a whole number above 0, received {count!r}"
            )
    if flow_timeout is not None and not (
        isinstance(flow_timeout, numbers.Real) and 0 < flow_timeout < math.inf
    ):
        raise InputError(
            f"flow_timeout: expected seconds above 0, received {flow_timeout!r}"
        )
    return FlowLimits(max_flows or MOST_FLOWS, packets_per_flow, flow_timeout)
