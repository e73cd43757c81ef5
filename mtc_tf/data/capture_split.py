"""Division of labelled captures into parts: split and cap together."""

import functools

import numpy as np

from mtc_tf.data.balancing import cap_packets
from mtc_tf.data.splits import PARTS
from mtc_tf.data.splits import TRAIN
from mtc_tf.data.splits import split_flows
from mtc_tf.data.splits import split_groups
from mtc_tf.data.splits import split_packets
from mtc_tf.packets.hashing import hash_text

# What never stands in two parts.
SPLITS = ("packet", "flow", "capture")

# In place of a part: the cap of its application leaves the packet out.
LEFT_OUT = -1
# In place of a part: the labels name none, and the split decides.
_FREE = -2


def divide_captures(captures, split, seed, *, cap=True):
    """Sets the part of each packet of each capture.

    `"packet"` caps all packets of an application, as the paper does. `"flow"`
    and `"capture"` cap those of the training part only: validation and test
    keep the natural mix. Flows whose labels name a part go there, whatever the
    split; the others are divided as if there were no more.

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
            fixed = capture.of_flows(_fixed_part)[capture.flow_rows]
            capture.parts = np.where(
                fixed == _FREE,
                split_packets(capture.packet_ids, seed=seed),
                fixed,
            )
    else:
        by_flow = _split_by_flow_or_group(captures, split, seed)
    if not cap:
        return by_flow
    for application in {
        labels.application for capture in captures for labels in capture.labels
    }:
        _cap(
            captures,
            application,
            # Cap and split hash the packets in two independent ways: it makes
            # no difference that the paper caps first.
            all_parts=split == "packet",
            seed=seed,
        )
    return by_flow


def _split_by_flow_or_group(captures, split, seed):
    # One row for each flow of each capture: far fewer than packets.
    ends = np.cumsum([len(capture.flows) for capture in captures])
    flows = np.concatenate([capture.flows for capture in captures])
    # A class, for a split, is an activity: what one application does.
    names = sorted({_activity(own) for c in captures for own in c.labels})
    classes = np.concatenate(
        [c.of_flows(lambda own: names.index(_activity(own))) for c in captures]
    )
    by_flow = []
    parts = np.concatenate([c.of_flows(_fixed_part) for c in captures])
    free = np.flatnonzero(parts == _FREE)
    if split == "flow":
        parts[free] = split_flows(flows[free], classes[free], seed=seed)
    else:
        groups = np.concatenate([c.of_flows(_group_id) for c in captures])
        parts[free], by_flow = split_groups(
            *(groups[free], flows[free], classes[free]), seed=seed
        )
    for capture, own in zip(captures, np.split(parts, ends[:-1]), strict=True):
        capture.parts = own[capture.flow_rows]
    return [names[index] for index in by_flow]


def _fixed_part(labels):
    return np.int8(PARTS.index(labels.part) if labels.part else _FREE)


def _group_id(labels):
    # As it is, an int would become a float beside a larger one.
    return np.uint64(hash_text(labels.group))


def _activity(labels):
    return labels.application, labels.traffic_type


def _cap(captures, application, *, all_parts, seed):
    """Leaves out the packets beyond the cap of one application."""
    # Not a look at every packet for each application.
    captures = [
        c for c in captures if any(_is_of(application, x) for x in c.labels)
    ]
    capped, ids, vpn = [], [], []
    for capture in captures:
        is_own = capture.of_flows(functools.partial(_is_of, application))
        may_be_capped = (capture.parts == TRAIN) | all_parts
        rows = np.flatnonzero(may_be_capped & is_own[capture.flow_rows])
        capped.append(rows)
        ids.append(capture.packet_ids[rows])
        vpn.append(capture.vpn[capture.flow_rows[rows]])
    drawn = cap_packets(np.concatenate(ids), np.concatenate(vpn), seed=seed)
    ends = np.cumsum(list(map(len, capped)))
    for capture, rows, own in zip(
        captures, capped, np.split(drawn, ends[:-1]), strict=True
    ):
        capture.parts[rows[~own]] = LEFT_OUT


def _is_of(application, labels):
    return labels.application == application
