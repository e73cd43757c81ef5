"""One labelled capture of a dataset."""

import dataclasses

import numpy as np

from mtc_tf.data.capture_source import CaptureSource
from mtc_tf.data.labels import VPN_PREFIX
from mtc_tf.data.packet_spool import PacketSpool
from mtc_tf.packets import CaptureReport
from mtc_tf.packets.hashing import hash64
from mtc_tf.packets.hashing import hash_text


@dataclasses.dataclass
class LabelledCapture:
    """A capture with the labels of its flows, and a few integers a packet.

    The capture is read once, by `scan_captures`. Its preprocessed packets go to
    a spool on disk and come from there whenever they are asked for, so that
    their bytes are never held.

    Args:
        source: `CaptureSource`.
        report: `CaptureReport`.
        left_out: dict of str to int, the `flows` and `packets` that are left
            out for want of labels.
        numbers: uint32 array of shape `(packets,)`. Position in the capture
            of each kept packet.
        sizes: uint16 array of shape `(packets,)`. Bytes of each packet,
            without the zeros that fill up its row.
        flows: int64 array of shape `(flows,)`. Ids of the capture's flows.
        flow_rows: int32 array of shape `(packets,)`. Row in `flows` of each
            packet's flow.
        label_rows: int64 array of shape `(flows,)`. Place in `labels` of each
            flow's labels.
        spool: `PacketSpool` that holds the packets.
        blocks: list of `Block`, where in the spool they lie.
        parts: int8 array of shape `(packets,)`. The part of each packet; who
            divides the dataset sets it.
    """

    source: CaptureSource
    report: CaptureReport
    left_out: dict
    numbers: np.ndarray
    sizes: np.ndarray
    flows: np.ndarray
    flow_rows: np.ndarray
    label_rows: np.ndarray
    spool: PacketSpool
    blocks: list
    parts: np.ndarray | None = None

    @property
    def name(self):
        """str. Name of the capture."""
        return self.source.name

    @property
    def labels(self):
        """List of `Labels`, one for each row of the label map."""
        return self.source.flow_labels.labels

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
        for block in self.blocks:
            end = begin + block.packets
            rows = np.flatnonzero(np.isin(self.parts[begin:end], parts))
            if len(rows):
                yield begin + rows, self.spool.read(block, rows)
            begin = end

    def _is_vpn(self, labels):
        if labels.traffic_type:
            return labels.traffic_type.startswith(VPN_PREFIX)
        return self.name.lower().startswith("vpn")
