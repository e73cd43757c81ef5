"""One row of a label map."""

import dataclasses

from mtc_tf.data.flow_filter import FlowFilter


@dataclasses.dataclass(frozen=True)
class LabelRow:
    """One row of a label map.

    Args:
        capture: str. The glob, as of `normalized_name`.
        flow_filter: `FlowFilter`; None for all flows that no other row names.
        labels: `mtc_tf.data.labels.Labels`.
    """

    capture: str
    flow_filter: FlowFilter | None
    labels: object

    @property
    def filter_text(self):
        """str. The filter as text, empty if there is none."""
        return self.flow_filter.text if self.flow_filter else ""

    @property
    def key(self):
        """Tuple of str. What tells a row from the others of its map."""
        return self.capture, self.filter_text
