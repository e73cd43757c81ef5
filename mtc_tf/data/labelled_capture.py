"""One labelled capture of a dataset."""

import dataclasses
import uuid

import numpy as np

from mtc_tf.data.flow_labels import NO_LABELS
from mtc_tf.data.labels import VPN_PREFIX
from mtc_tf.data.packet_spool import PacketSpool
from mtc_tf.packets import CaptureReport
from mtc_tf.packets import preprocess_capture
from mtc_tf.packets.byte_rows import select
from mtc_tf.packets.five_tuples import FiveTuples
from mtc_tf.packets.flows import flow_ids
from mtc_tf.packets.hashing import hash64
from mtc_tf.packets.hashing import hash_text


class LabelledCapture:
    """A capture with the labels of its flows, and a few integers a packet.

    The capture is read once. Its preprocessed packets go to a spool on disk
    and come from there whenever they are asked for, so that their bytes are
    never held.

    Args:
        path: `pathlib.Path` or `epath.Path`.
        flow_labels: `FlowLabels`. Flows without labels are left out.
        name: str. Name of the capture.
        recipe: str. Recipe of `mtc_tf.packets.preprocess_capture`.
        spool: `PacketSpool`.

    Attributes:
        report: `CaptureReport`.
        label_map_rows: list of `LabelRow`, those of the capture.
        labels: list of `Labels`, one for each of these rows.
        left_out: dict of str to int, the `flows` and `packets` that are left
            out for want of labels.
        numbers: uint32 array of shape `(packets,)`. Position in the capture
            of each kept packet.
        flows: int64 array of shape `(flows,)`. Ids of the capture's flows.
        flow_rows: int32 array of shape `(packets,)`. Row in `flows` of each
            packet's flow.
        sizes: uint16 array of shape `(packets,)`. Bytes of each packet,
            without the zeros that fill up its row.
        label_rows: int64 array of shape `(flows,)`. Place in `labels` of each
            flow's labels.
        parts: int8 array of shape `(packets,)`. The part of each packet; who
            divides the dataset sets it.

    Raises:
        InputError: if the capture cannot be read, its packets cannot be
            stored, or two rows name one flow.
    """

    def __init__(self, path, flow_labels, *, name, recipe, spool):
        self.label_map_rows = flow_labels.rows
        self.labels = flow_labels.labels
        self.name = name
        self.report = CaptureReport()
        self._spool = spool
        self._blocks = []
        numbers = [np.empty(0, np.uint32)]
        sizes = [np.empty(0, np.uint16)]
        flows = [np.empty(0, np.int64)]
        label_rows = [np.empty(0, np.int64)]
        left_out = [np.empty(0, np.int64)]
        with spool:
            for batch in self._preprocessed(path, recipe):
                rows = _rows_of_packets(flow_labels, batch)
                left_out.append(batch.flows[rows == NO_LABELS])
                if len(left_out[-1]):
                    batch = select(batch, rows != NO_LABELS)
                    rows = rows[rows != NO_LABELS]
                if not len(batch):
                    continue
                batch = self._with_own_groups(batch, rows)
                label_rows.append(rows)
                numbers.append(batch.numbers.astype(np.uint32))
                flows.append(batch.flows)
                block, own_sizes = spool.add(batch)
                self._blocks.append(block)
                sizes.append(own_sizes)
        self.numbers = np.concatenate(numbers)
        self.sizes = np.concatenate(sizes)
        self.flows, firsts, rows = np.unique(
            np.concatenate(flows), return_index=True, return_inverse=True
        )
        self.flow_rows = rows.astype(np.int32)
        self.label_rows = np.concatenate(label_rows)[firsts]
        left_out = np.concatenate(left_out)
        self.left_out = {
            "flows": len(np.unique(left_out)),
            "packets": len(left_out),
        }
        self.parts = None

    @property
    def vpn(self):
        """bool array `(flows,)`. Which flows were captured inside a VPN."""
        return self.of_flows(self._is_vpn)

    @property
    def packet_ids(self):
        """One uint64 a packet, made of nothing but name and position."""
        return hash64(self.numbers, seed=hash_text(self.name))

    def of_flows(self, function):
        """Gives each flow what a function makes of its labels.

        Args:
            function: function of `Labels`.

        Returns:
            array of shape `(flows,)`.
        """
        return np.array(list(map(function, self.labels)))[self.label_rows]

    def batches_of(self, *parts):
        """Reads the packets of one part, or of several.

        Args:
            *parts: int. Values in `parts`.

        Yields:
            tuple `(rows, stored)`: an int array, never empty, of rows in
            `numbers`, `flow_rows` and `parts`, and the `StoredPackets` of
            these rows.
        """
        begin = 0
        for block in self._blocks:
            end = begin + block.packets
            rows = np.flatnonzero(np.isin(self.parts[begin:end], parts))
            if len(rows):
                yield begin + rows, self._spool.read(block, rows)
            begin = end

    def forget_packets(self):
        """Removes the spool, when all of it was read."""
        self._spool.remove()

    def _is_vpn(self, labels):
        if labels.traffic_type:
            return labels.traffic_type.startswith(VPN_PREFIX)
        return self.name.lower().startswith("vpn")

    def _with_own_groups(self, batch, rows):
        """Gives flows of other groups than the first the ids of their own."""
        flows = batch.flows.copy()
        groups = [labels.group for labels in self.labels]
        for group in set(groups) - {groups[0]}:
            places = [n for n, other in enumerate(groups) if other == group]
            own = np.flatnonzero(np.isin(rows, places))
            ends = vars(FiveTuples.of_packets(batch, own))
            flows[own] = flow_ids(**ends, group=group)
        return dataclasses.replace(batch, flows=flows)

    def _preprocessed(self, path, recipe):
        with path.open("rb") as file:
            yield from preprocess_capture(
                file,
                name=self.name,
                recipe=recipe,
                group=self.labels[0].group,
                report=self.report,
            )


def scan_capture(path, flow_labels, name, recipe, spool_folder):
    """Reads one capture: what a worker does of a build before the division.

    Args:
        path: as of `LabelledCapture`.
        flow_labels: as of `LabelledCapture`.
        name: as of `LabelledCapture`.
        recipe: as of `LabelledCapture`.
        spool_folder: path, in which the spool gets a name of its own.

    Returns:
        `LabelledCapture`.

    Raises:
        InputError: as of `LabelledCapture`.
    """
    return LabelledCapture(
        path,
        flow_labels,
        name=name,
        recipe=recipe,
        spool=PacketSpool(spool_folder / f"{uuid.uuid4().hex}.spool"),
    )


def _rows_of_packets(flow_labels, batch):
    """The row of labels of each packet, looked for once for each flow."""
    _, firsts, flows = np.unique(
        batch.flows, return_index=True, return_inverse=True
    )
    return flow_labels.rows_of(FiveTuples.of_packets(batch, firsts))[flows]
