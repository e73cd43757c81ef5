"""The labels of one capture, flow by flow."""

import numpy as np

from mtc_tf.errors import InputError

NO_LABELS = -1


class FlowLabels:
    """Finds the labels of the flows of one capture.

    A flow has the labels of the row whose filter matches it, else those of
    the row without a filter, if there is one.

    Args:
        rows: list of `mtc_tf.data.label_row.LabelRow`, one of them without a
            filter at most.
        where: str. What errors begin with: the label map.
        capture: str. Name of the capture.
    """

    def __init__(self, rows, where, capture):
        self.rows = rows
        self._where = where
        self._capture = capture

    @property
    def labels(self):
        """List of `Labels`, one for each row."""
        return [row.labels for row in self.rows]

    def rows_of(self, flows):
        """Finds the row of each flow.

        Args:
            flows: `FiveTuples`.

        Returns:
            int64 array of shape `(flows,)` of places in `rows`, `NO_LABELS`
            where there is none.

        Raises:
            InputError: if the filters of two rows match one flow.
        """
        found = np.full(len(flows), NO_LABELS)
        for place, row in enumerate(self.rows):
            if row.flow_filter:
                matches = row.flow_filter.matches(flows)
                self._check_once(found, place, matches, flows)
                found[matches] = place
        for place, row in enumerate(self.rows):
            if not row.flow_filter:
                found[found == NO_LABELS] = place
        return found

    def _check_once(self, found, place, matches, flows):
        twice = np.flatnonzero(matches & (found != NO_LABELS))
        if len(twice):
            flow = twice[0]
            first, second = (
                f"{row.filter_text!r} of {row.capture!r}"
                for row in (self.rows[found[flow]], self.rows[place])
            )
            raise InputError(
                f"{self._where}, column `flows`: expected one filter that "
                f"matches the flow {flows.text(flow)} of the capture "
                f"{self._capture!r}, received two: {first} and {second}"
            )
