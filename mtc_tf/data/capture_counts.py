"""How many packets of a capture went where."""

import dataclasses

import numpy as np

from mtc_tf.data.capture_source import CaptureSource
from mtc_tf.data.splits import PARTS
from mtc_tf.packets import CaptureReport


@dataclasses.dataclass(frozen=True)
class CaptureCounts:
    """What a data report says of one capture.

    Args:
        source: `CaptureSource`.
        report: `CaptureReport`.
        left_out: dict, as of `LabelledCapture`.
        of_labels: list of dict as of `no_packets`, one for each of the
            capture's labels.
    """

    source: CaptureSource
    report: CaptureReport
    left_out: dict
    of_labels: list

    @classmethod
    def of(cls, capture):
        """Counts the packets of a capture.

        Args:
            capture: `LabelledCapture`, divided.
        """
        # The first column holds the packets that the cap leaves out, part -1.
        shape = (len(capture.labels), 1 + len(PARTS))
        rows = capture.label_rows[capture.flow_rows]
        cells = np.ravel_multi_index((rows, capture.parts + 1), shape)
        table = np.bincount(cells, minlength=np.prod(shape)).reshape(shape)
        of_labels = [
            dict(zip(no_packets(), (sum(row), *row[1:]), strict=True))
            for row in table.tolist()
        ]
        return cls(capture.source, capture.report, capture.left_out, of_labels)

    @property
    def name(self):
        """str. Name of the capture."""
        return self.source.name


def no_packets():
    """Returns a dict of 0 for `kept` and each of `PARTS`."""
    return dict.fromkeys(("kept", *PARTS), 0)
