"""Division of labelled captures into parts: split and cap together."""

import numpy as np

from mtc_tf.data.balancing import cap_packets
from mtc_tf.data.splits import TRAIN
from mtc_tf.data.splits import split_flows
from mtc_tf.data.splits import split_groups
from mtc_tf.data.splits import split_packets
from mtc_tf.packets.hashing import hash_text

# What never stands in two parts.
SPLITS = ("packet", "flow", "capture")

# In place of a part: the cap of its application leaves the packet out.
LEFT_OUT = -1


def divide_captures(captures, split, seed, *, cap=True):
    """Sets the part of each packet of each capture.

    `"packet"` caps all packets of an application, as the paper does. `"flow"`
    and `"capture"` cap those of the training part only: validation and test
    keep the natural mix.

    Args:
        captures: list of `LabelledCapture`; their `parts` are set.
        split: str. One of `SPLITS`.
        seed: int. Seed of split and cap.
        cap: bool. Whether packets are capped.

    Returns:
        list of `(application, traffic type)`: what the split `"capture"` had
        to split by flow, for want of a second group.

    Paper: Sections 3.2.3 and 4.1.2.
    """
    if split not in SPLITS:
        raise ValueError(
            f"`split` must be one of {SPLITS}. Received: split={split!r}."
        )
    by_flow = []
    if split == "packet":
        for capture in captures:
            capture.parts = split_packets(capture.packet_ids, seed=seed)
    else:
        by_flow = _split_by_flow_or_group(captures, split, seed)
    if not cap:
        return by_flow
    for application in {capture.labels.application for capture in captures}:
        _cap(
            [c for c in captures if c.labels.application == application],
            # Cap and split hash the packets in two independent ways: it makes
            # no difference that the paper caps first.
            all_parts=split == "packet",
            seed=seed,
        )
    return by_flow


def _split_by_flow_or_group(captures, split, seed):
    # One row for each flow of each capture: far fewer than packets.
    sizes = [len(capture.flows) for capture in captures]
    flows = np.concatenate([capture.flows for capture in captures])
    # A class, for a split, is an activity: what one application does.
    names = sorted({_activity(capture) for capture in captures})
    classes = [names.index(_activity(capture)) for capture in captures]
    classes = np.repeat(classes, sizes)
    by_flow = []
    if split == "flow":
        parts = split_flows(flows, classes, seed=seed)
    else:
        groups = [hash_text(capture.labels.group) for capture in captures]
        groups = np.repeat(np.array(groups, np.uint64), sizes)
        parts, by_flow = split_groups(groups, flows, classes, seed=seed)
    ends = np.cumsum(sizes)
    for capture, own in zip(captures, np.split(parts, ends[:-1]), strict=True):
        capture.parts = own[capture.flow_rows]
    return [names[index] for index in by_flow]


def _activity(capture):
    return capture.labels.application, capture.labels.traffic_type


def _cap(captures, *, all_parts, seed):
    """Leaves out the packets beyond the cap of one application."""
    capped = [(capture.parts == TRAIN) | all_parts for capture in captures]
    ids = [c.packet_ids[rows] for c, rows in zip(captures, capped, strict=True)]
    sizes = [len(own) for own in ids]
    vpn = np.repeat([capture.vpn for capture in captures], sizes)
    drawn = cap_packets(np.concatenate(ids), vpn, seed=seed)
    ends = np.cumsum(sizes)
    for capture, rows, own in zip(
        captures, capped, np.split(drawn, ends[:-1]), strict=True
    ):
        capture.parts[np.flatnonzero(rows)[~own]] = LEFT_OUT
