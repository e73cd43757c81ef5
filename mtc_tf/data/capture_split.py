"""Division of labelled captures into parts: split and cap together."""

import functools

import numpy as np

from mtc_tf.data.balancing import PacketCap
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


class CaptureSplit:
    """Knows the part of each packet of some captures.

    `"packet"` caps all packets of an application, as the paper does. `"flow"`
    and `"capture"` cap those of the training part only: validation and test
    keep the natural mix. Flows whose labels name a part go there, whatever the
    split; the others are divided as if there were no more.

    Captures are read one after the other. Of all are held a byte a flow, some
    150 while flows are divided, none for `"packet"`; and of each application
    hashes for its cap, as of `PacketCap`.

    Args:
        scans: list of `ScannedCaptures`.
        split: str. One of `SPLITS`.
        seed: int. Seed of split and cap.
        cap: bool. Whether packets are capped.

    Attributes:
        by_flow: list of `(application, traffic type)`: what the split
            `"capture"` had to split by flow, for want of a second group.

    Paper: Sections 3.2.3 and 4.1.2.
    """

    def __init__(self, scans, split, seed, *, cap=True):
        if split not in SPLITS:
            raise ValueError(
                f"`split` must be one of {SPLITS}. Received: split={split!r}."
            )
        self._split, self._seed = split, seed
        self.by_flow, self._flow_parts = [], {}
        if split != "packet":
            self._divide_flows(scans)
        self._caps = {}
        if cap:
            self._find_caps(scans)

    def parts_of(self, capture):
        """Returns the part of each packet of a capture.

        Args:
            capture: `LabelledCapture`, one of the scans'.

        Returns:
            int8 array of shape `(packets,)` of indices into `PARTS`, or
            `LEFT_OUT`.
        """
        parts = self._uncapped_parts(capture)
        if not self._caps:
            return parts
        for application, rows in self._capped_rows(capture, parts):
            drawn = self._caps[application].drawn(*_ids_and_vpn(capture, rows))
            parts[rows[~drawn]] = LEFT_OUT
        return parts

    def _uncapped_parts(self, capture):
        if self._split != "packet":
            return self._flow_parts[capture.name][capture.flow_rows]
        fixed = capture.of_flows(_fixed_part)[capture.flow_rows]
        drawn = split_packets(capture.packet_ids, seed=self._seed)
        return np.where(fixed == _FREE, drawn, fixed)

    def _divide_flows(self, scans):
        # A class, for a split, is an activity: what one application does.
        names = sorted(
            {
                _activity(labels)
                for scan in scans
                for source in scan.sources
                for labels in source.flow_labels.labels
            }
        )
        flows, classes, parts, groups, owners = [], [], [], [], []
        for scan in scans:
            for own in scan.captures():
                flows.append(own.flows)
                classes.append(
                    own.of_flows(lambda labels: names.index(_activity(labels)))
                )
                parts.append(own.of_flows(_fixed_part))
                if self._split == "capture":
                    groups.append(own.of_flows(_group_id))
                owners.append(own.name)
        ends = np.cumsum(list(map(len, flows)))
        flows, classes, parts = map(np.concatenate, (flows, classes, parts))
        free = np.flatnonzero(parts == _FREE)
        if self._split == "flow":
            parts[free] = split_flows(
                flows[free], classes[free], seed=self._seed
            )
        else:
            groups = np.concatenate(groups)
            parts[free], by_flow = split_groups(
                *(groups[free], flows[free], classes[free]), seed=self._seed
            )
            self.by_flow = [names[index] for index in by_flow]
        parts = np.split(parts, ends[:-1])
        self._flow_parts = dict(zip(owners, parts, strict=True))

    def _find_caps(self, scans):
        # Cap and split hash the packets in two independent ways: it makes no
        # difference that the paper caps first.
        for scan in scans:
            for capture in scan.captures():
                parts = self._uncapped_parts(capture)
                for application, rows in self._capped_rows(capture, parts):
                    cap = self._caps.setdefault(
                        application, PacketCap(seed=self._seed)
                    )
                    cap.add(*_ids_and_vpn(capture, rows))

    def _capped_rows(self, capture, parts):
        """Rows of the packets that each application's cap is for."""
        may_be_capped = (parts == TRAIN) | (self._split == "packet")
        for application in {own.application for own in capture.labels}:
            is_own = capture.of_flows(functools.partial(_is_of, application))
            rows = np.flatnonzero(may_be_capped & is_own[capture.flow_rows])
            yield application, rows


def _fixed_part(labels):
    return np.int8(PARTS.index(labels.part) if labels.part else _FREE)


def _group_id(labels):
    # As it is, an int would become a float beside a larger one.
    return np.uint64(hash_text(labels.group))


def _activity(labels):
    return labels.application, labels.traffic_type


def _ids_and_vpn(capture, rows):
    return capture.packet_ids[rows], capture.vpn[capture.flow_rows[rows]]


def _is_of(application, labels):
    return labels.application == application
