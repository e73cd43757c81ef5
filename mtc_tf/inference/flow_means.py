"""The mean of the answers about each flow, and its first packet."""

import dataclasses

import numpy as np

# Flows that there is room for at first, and room that is added.
_BLOCK = 4096
# What a batch knows of a packet and nobody asks of a flow.
_OF_PACKETS_ALONE = ("packets", "timestamps", "lengths", "flows", "numbers")


class FlowMeans:
    """What is kept of flows while their packets come.

    Of each flow: the number of its packets, the mean of the answers about it in
    float32 and how many these are, and times, addresses, ports and protocol of
    its first packet. With 17, 12 and 6 classes that is some 210 bytes a flow,
    whatever the number of packets. A mean is computed in float64 and rounded
    once a batch, by less than 1e-7.

    Args:
        widths: dict from the name of an answer to how many numbers it has, as
            from a task to how many classes.
    """

    def __init__(self, widths):
        self._widths = widths
        self._means = np.zeros(
            0, [(name, np.float32, (width,)) for name, width in widths.items()]
        )
        # Known when the first packets have come.
        self._flows = None

    def begin(self, slots, batch, firsts):
        """Begins flows in slots, which may have been those of others.

        Args:
            slots: int array of shape `(flows,)`, as of `FlowTable`.
            batch: `PacketBatch`.
            firsts: int array of shape `(flows,)`. The flows' first packets.
        """
        self._make_room(batch, int(slots.max(initial=-1)) + 1)
        self._means[slots] = 0
        for name in self._flows.dtype.names:
            values = getattr(batch, name, None)
            self._flows[name][slots] = 0 if values is None else values[firsts]

    def count(self, slots):
        """Counts packets.

        Args:
            slots: int array of shape `(packets,)`. Those of their flows.
        """
        flows, counts = np.unique(slots, return_counts=True)
        self._flows["count"][flows] += counts

    def answer(self, slots, values):
        """Adds answers about flows, each of which counts as one.

        Args:
            slots: int array of shape `(answers,)`. Those of the flows.
            values: dict from name to array of shape `(answers, width)`, or
                `(answers,)` where the width is 1. Other names are left alone.
        """
        flows, places, counts = np.unique(
            slots, return_inverse=True, return_counts=True
        )
        self._flows["answers"][flows] += counts
        weights = counts / self._flows["answers"][flows]
        for name, width in self._widths.items():
            sums = _sums(values[name].reshape(-1, width), places, len(flows))
            mean = sums / counts[:, np.newaxis]
            old = self._means[name][flows].astype(np.float64)
            new = old + (mean - old) * weights[:, np.newaxis]
            self._means[name][flows] = new

    def of(self, slots):
        """Tells what is kept of flows.

        Args:
            slots: int array of shape `(flows,)`. There must be some.

        Returns:
            tuple of two arrays with a record for each flow. The first has the
            fields `count`, the number of packets, `answers`, and those of
            `PacketBatch` for the first packet; the second has a field for each
            answer, with its mean, of shape `(flows, width)`.
        """
        return self._flows[slots], self._means[slots]

    def _make_room(self, batch, flows):
        if self._flows is None:
            self._flows = np.zeros(0, _columns(batch))
        missing = flows - len(self._means)
        if missing > 0:
            # In place: no moment needs room for two copies.
            for array in (self._flows, self._means):
                array.resize(len(array) + missing + _BLOCK, refcheck=False)


def _columns(batch):
    return [
        *(("count", np.int64), ("answers", np.int64)),
        *(
            (field.name, array.dtype, array.shape[1:])
            for field in dataclasses.fields(batch)
            if field.name not in _OF_PACKETS_ALONE
            for array in [getattr(batch, field.name)]
        ),
    ]


def _sums(values, places, flows):
    sums = np.zeros((flows, values.shape[1]))
    np.add.at(sums, places, values)
    return sums
