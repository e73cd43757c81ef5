"""One labelled capture of a dataset."""

import numpy as np

from mtc_tf.data.labels import VPN_PREFIX
from mtc_tf.packets import CaptureReport
from mtc_tf.packets import preprocess_capture
from mtc_tf.packets.hashing import hash64
from mtc_tf.packets.hashing import hash_text


class LabelledCapture:
    """A capture with the labels of its flows, and a few integers a packet.

    The capture is read once. Its preprocessed packets go to a spool on disk
    and come from there whenever they are asked for, so that their bytes are
    never held.

    Args:
        path: `pathlib.Path` or `epath.Path`.
        labels: list of `Labels`. What its flows may have: one for all.
        name: str. Name of the capture.
        recipe: str. Recipe of `mtc_tf.packets.preprocess_capture`.
        spool: `PacketSpool`.

    Attributes:
        report: `CaptureReport`.
        labels: list of `Labels`.
        numbers: uint32 array of shape `(packets,)`. Position in the capture
            of each kept packet.
        flows: int64 array of shape `(flows,)`. Ids of the capture's flows.
        flow_rows: int32 array of shape `(packets,)`. Row in `flows` of each
            packet's flow.
        label_rows: int64 array of shape `(flows,)`. Place in `labels` of each
            flow's labels.
        parts: int8 array of shape `(packets,)`. The part of each packet; who
            divides the dataset sets it.

    Raises:
        InputError: if the capture cannot be read, or its packets cannot be
            stored.
    """

    def __init__(self, path, labels, *, name, recipe, spool):
        self.labels = labels
        self.name = name
        self.report = CaptureReport()
        self._spool = spool
        self._blocks = []
        numbers = [np.empty(0, np.uint32)]
        flows = [np.empty(0, np.int64)]
        for batch in self._preprocessed(path, recipe):
            numbers.append(batch.numbers.astype(np.uint32))
            flows.append(batch.flows)
            self._blocks.append(spool.add(batch))
        self.numbers = np.concatenate(numbers)
        self.flows, rows = np.unique(np.concatenate(flows), return_inverse=True)
        self.flow_rows = rows.astype(np.int32)
        self.label_rows = np.zeros(len(self.flows), np.int64)
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

    def batches_of(self, part):
        """Reads the packets of one part.

        Args:
            part: int. Value in `parts`.

        Yields:
            tuple `(rows, stored)`: an int array, never empty, of rows in
            `numbers`, `flow_rows` and `parts`, and the `StoredPackets` of
            these rows.
        """
        begin = 0
        for block in self._blocks:
            end = begin + block.packets
            rows = np.flatnonzero(self.parts[begin:end] == part)
            if len(rows):
                yield begin + rows, self._spool.read(block, rows)
            begin = end

    def _is_vpn(self, labels):
        if labels.traffic_type:
            return labels.traffic_type.startswith(VPN_PREFIX)
        return self.name.lower().startswith("vpn")

    def _preprocessed(self, path, recipe):
        with path.open("rb") as file:
            yield from preprocess_capture(
                file,
                name=self.name,
                recipe=recipe,
                group=self.labels[0].group,
                report=self.report,
            )
