"""The mean of the answers about each flow, in arrays that grow."""

import dataclasses

import numpy as np

# Blocks are never moved, so that no moment needs room for two copies.
_BLOCK_FLOWS = 8192
# What a batch knows of a packet and nobody asks of a flow.
_OF_PACKETS_ALONE = ("packets", "timestamps", "lengths", "flows", "numbers")


class FlowMeans:
    """What is kept of the flows of a capture while its packets come.

    Of each flow: the number of its packets, the mean of the answers about it in
    float32 and how many these are, and times, addresses, ports and protocol of
    its first packet. With 17, 12 and 6 classes that is some 230 bytes a flow,
    whatever the number of packets. A mean is computed in float64 and rounded
    once a batch, by less than 1e-7.

    Args:
        widths: dict from the name of an answer to how many numbers it has, as
            from a task to how many classes.
    """

    def __init__(self, widths):
        self._numbers = _FlowNumbers()
        self._widths = widths
        self._answers = [
            (name, np.float32, (width,)) for name, width in widths.items()
        ]
        # Pairs of arrays with a record for each flow.
        self._blocks = []

    def see(self, batch):
        """Counts packets, and keeps what is known of the first of a flow.

        Args:
            batch: `PacketBatch`.

        Returns:
            int64 array of shape `(packets,)`: the number of each packet's flow,
            from 0 in the order of their first packets.
        """
        ids, firsts, places, counts = np.unique(
            batch.flows,
            return_index=True,
            return_inverse=True,
            return_counts=True,
        )
        # New flows are numbered in the order of their first packets.
        in_order = np.argsort(firsts)
        numbers = np.empty(len(ids), np.int64)
        numbers[in_order] = self._numbers.look_up(ids[in_order])
        while len(self._blocks) * _BLOCK_FLOWS < len(self._numbers):
            self._blocks.append(self._empty_block(batch))
        for (flows, _), rows, here in self._places(numbers):
            _begin(flows, rows, batch, firsts[here])
            flows["count"][rows] += counts[here]
        return numbers[places]

    def answer(self, numbers, values):
        """Adds answers about flows, each of which counts as one.

        Args:
            numbers: int array of shape `(answers,)`. Numbers of the flows.
            values: dict from name to array of shape `(answers, width)`, or
                `(answers,)` where the width is 1. Other names are left alone.
        """
        flows, places, counts = np.unique(
            numbers, return_inverse=True, return_counts=True
        )
        means = {
            name: _sums(values[name].reshape(-1, width), places, len(flows))
            / counts[:, np.newaxis]
            for name, width in self._widths.items()
        }
        for (known, averages), rows, here in self._places(flows):
            known["answers"][rows] += counts[here]
            weights = counts[here] / known["answers"][rows]
            for name, mean in means.items():
                _move(averages[name], rows, mean[here], weights)

    def _places(self, numbers):
        """Yields each block of these flows, their rows in it, and which."""
        blocks, rows = np.divmod(numbers, _BLOCK_FLOWS)
        for block in np.unique(blocks).tolist():
            here = np.flatnonzero(blocks == block)
            yield self._blocks[block], rows[here], here

    def _empty_block(self, batch):
        columns = [
            (field.name, array.dtype, array.shape[1:])
            for field in dataclasses.fields(batch)
            if field.name not in _OF_PACKETS_ALONE
            for array in [getattr(batch, field.name)]
        ]
        counts = [("count", np.int64), ("answers", np.int64)]
        return (
            np.zeros(_BLOCK_FLOWS, [*counts, *columns]),
            np.zeros(_BLOCK_FLOWS, self._answers),
        )

    def parts(self, flows):
        """Gives the flows back, in the order of their first packets.

        Args:
            flows: int. How many to give at once, at most.

        Yields:
            tuple of two arrays with a record for each flow. The first has the
            fields `count`, the number of packets, `answers`, and those of
            `PacketBatch` for the first packet; the second has a field for each
            answer, with its mean, of shape `(flows, width)`.
        """
        rest = len(self._numbers)
        for first_packets, averages in self._blocks:
            for start in range(0, min(rest, _BLOCK_FLOWS), flows):
                part = slice(start, min(start + flows, rest))
                yield first_packets[part], averages[part]
            rest -= _BLOCK_FLOWS


def _sums(values, places, flows):
    sums = np.zeros((flows, values.shape[1]))
    np.add.at(sums, places, values)
    return sums


def _begin(first_packets, rows, batch, firsts):
    """Writes the first packets of those flows that have none yet."""
    is_new = first_packets["count"][rows] == 0
    for name in first_packets.dtype.names[2:]:
        first_packets[name][rows[is_new]] = getattr(batch, name)[firsts[is_new]]


def _move(averages, rows, values, weights):
    """Moves averages towards other values by a share of the way."""
    old = averages[rows].astype(np.float64)
    averages[rows] = old + (values - old) * weights[:, np.newaxis]


class _FlowNumbers:
    """Numbers flows in the order in which they come.

    A dict takes 130 bytes a flow; a few sorted arrays, each at least twice as
    long as the next, take 12.
    """

    def __init__(self):
        self._count = 0
        self._sorted = []

    def __len__(self):
        return self._count

    def look_up(self, ids):
        """Returns the number of each flow; unknown ones get the next.

        Args:
            ids: int64 array of shape `(flows,)`, no id twice.

        Returns:
            int64 array of shape `(flows,)`.
        """
        numbers = np.full(len(ids), -1)
        for known, their_numbers in self._sorted:
            places = np.searchsorted(known, ids)
            places[places == len(known)] = 0
            found = known[places] == ids
            numbers[found] = their_numbers[places[found]]
        new = np.flatnonzero(numbers == -1)
        numbers[new] = np.arange(self._count, self._count + len(new))
        self._count += len(new)
        if len(new):
            self._insert(ids[new], numbers[new].astype(np.uint32))
        return numbers

    def _insert(self, ids, numbers):
        while self._sorted and len(self._sorted[-1][0]) < 2 * len(ids):
            others, their_numbers = self._sorted.pop()
            ids = np.concatenate([others, ids])
            numbers = np.concatenate([their_numbers, numbers])
        order = np.argsort(ids)
        self._sorted.append((ids[order], numbers[order]))
