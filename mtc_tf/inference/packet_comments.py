"""Labels as comments on the packets of a capture."""

import sys

from mtc_tf.inference.capture_rows import five_tuples
from mtc_tf.inference.flow_limits import FlowLimits
from mtc_tf.inference.label_packets import label_capture
from mtc_tf.packets.flows import flow_ids
from mtc_tf.packets.packet_flows import packet_flows

# A flow that was forgotten and comes again would have two labels.
_ALL_FLOWS = FlowLimits(flows=sys.maxsize)


def packet_comments(path, classifier, *, by=None, reject=None, report=None):
    """Labels a capture, and says so packet by packet.

    With labels of packets, memory does not grow with the capture. With labels
    of flows the capture is read twice, and flows are held until it ends,
    a kilobyte or more each, whatever their number.

    Args:
        path: path of the capture.
        classifier: as of `label_capture`.
        by: as of `label_capture`. With `flow` each packet has its flow's label,
            also those without a payload, which do not count for it.
        reject: as of `label_capture`.
        report: as of `label_capture`.

    Yields:
        tuple of the position of a packet, from 0, and a str, such as
        `application: SIP 0.97; traffic_type: VoIP 0.96`. Packets that are not
        labelled are left out.

    Raises:
        InputError: as of `label_capture`.
    """
    facts = classifier.facts
    blocks = label_capture(
        path,
        classifier,
        by=by,
        reject=reject,
        report=report,
        limits=_ALL_FLOWS,
    )
    if by != "flow" and not facts.packets_per_flow:
        for rows in blocks:
            for row in rows:
                yield row["packet"], _text(row, facts.tasks)
        return
    comments = {}
    for rows in blocks:
        ids = flow_ids(**vars(five_tuples(rows))).tolist()
        for flow, row in zip(ids, rows, strict=True):
            # Many flows, few texts.
            comments[flow] = sys.intern(_text(row, facts.tasks))
    for numbers, flows in packet_flows(path):
        for number, flow in zip(numbers.tolist(), flows.tolist(), strict=True):
            if flow in comments:
                yield number, comments[flow]


def _text(row, tasks):
    return "; ".join(_answer(row, task) for task in tasks)


def _answer(row, task):
    probability = row[f"{task}_probability"]
    if probability is None:
        return f"{task}: {row[task]}"
    return f"{task}: {row[task]} {probability:.2f}"
