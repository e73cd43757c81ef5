"""The packets of flows, as they come -> rows for the flows."""

import types

import numpy as np

from mtc_tf.errors import InputError
from mtc_tf.features.flow_windows import FlowWindows
from mtc_tf.inference.answers import answers
from mtc_tf.inference.capture_rows import describe
from mtc_tf.inference.flow_limits import FlowLimits
from mtc_tf.inference.flow_means import FlowMeans
from mtc_tf.inference.flow_table import FlowTable
from mtc_tf.packets.byte_rows import select
from mtc_tf.runs.confidence import UNKNOWN

# A flow's row takes two kilobytes, as Python keeps it.
_ROWS_AT_ONCE = 1024
_LIMITS = FlowLimits()


def _never():
    """The time where none is told: before all timeouts."""
    return float("-inf")


class FlowRows:
    """Classifies the flows of a capture while its packets come.

    A model of packets answers each of them; a model of flows answers windows
    of them, each as soon as it is full, or when the flow ends. A flow's
    probabilities are the mean of these answers.

    Args:
        capture: path of the capture.
        classifier: `RowClassifier` of packets or of flows.
        highest: float or None, as of `answers`; of the flow's mean.
        limits: `FlowLimits`.
    """

    def __init__(self, capture, classifier, highest=None, limits=_LIMITS):
        self._capture = str(capture)
        self._tasks = classifier.facts.tasks
        self._predict = classifier.predict
        self._highest = highest
        self._table = FlowTable(limits)
        widths = {task: len(names) for task, names in self._tasks.items()}
        if highest is not None:
            widths[UNKNOWN] = 1
        self._means = FlowMeans(widths)
        self._windows = None
        if classifier.facts.packets_per_flow:
            self._windows = FlowWindows(classifier.facts.packets_per_flow)

    def of(self, batches, now=_never):
        """Draws packets, and describes their flows.

        Args:
            batches: iterable of `PacketBatch`, some of which may be empty.
            now: callable without arguments. What time it is in the capture,
                behind the last batch, in seconds since 1970.

        Yields:
            lists of dicts, as of `packet_rows` with `packets`, the number of
            the flow's packets, in the place of `packet`. Time and 5-tuple are
            those of the flow's first packet, which also gives the order, as far
            as limits do not. All packets of a flow within its limits are
            counted, also those behind its last window.

        Raises:
            InputError: if the model cannot be run. The flows that it has
                answered come before, with what it has answered of them.
        """
        try:
            for batch in batches:
                if len(batch):
                    self._add(batch)
                yield from self._end(self._table.due(now()))
            yield from self._end(self._table.rest())
        except InputError:
            yield from self._answered(self._table.rest())
            raise

    def _add(self, batch):
        seen = self._table.add(batch)
        self._means.begin(seen.begun, batch, seen.firsts)
        slots = seen.slots
        if not seen.counted.all():
            slots, batch = slots[seen.counted], select(batch, seen.counted)
        self._means.count(slots)
        if self._windows is None:
            rows = batch.packets
        else:
            full = self._windows.add(
                slots,
                batch.packets,
                batch.timestamps,
                batch.from_upper,
                batch.numbers,
            )
            slots, rows = full.flows, full.series
        self._answer(slots, rows)

    def _answer(self, slots, rows):
        if len(rows):
            self._means.answer(slots, self._predict(rows))

    def _end(self, slots):
        """Yields the rows of flows, some at once."""
        for start in range(0, len(slots), _ROWS_AT_ONCE):
            part = slots[start : start + _ROWS_AT_ONCE]
            try:
                if self._windows is not None:
                    rest = self._windows.end(part)
                    self._answer(rest.flows, rest.series)
            except InputError:
                yield from self._answered(slots[start:])
                raise
            yield self._rows(*self._means.of(part))

    def _answered(self, slots):
        """Yields the rows of flows that have answers, and ends nothing."""
        for start in range(0, len(slots), _ROWS_AT_ONCE):
            flows, means = self._means.of(slots[start : start + _ROWS_AT_ONCE])
            has_answers = flows["answers"] > 0
            if has_answers.any():
                yield self._rows(flows[has_answers], means[has_answers])

    def _rows(self, flows, means):
        columns = {name: flows[name] for name in flows.dtype.names}
        packets = describe(
            types.SimpleNamespace(**columns), np.arange(len(flows))
        )
        return [
            {"capture": self._capture, "packets": count, **packet, **answer}
            for count, packet, answer in zip(
                columns["count"].tolist(),
                packets,
                answers(means, self._tasks, self._highest),
                strict=True,
            )
        ]
