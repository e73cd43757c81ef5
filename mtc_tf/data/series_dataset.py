"""Captures in a folder -> windows of the packets of a flow, in three parts."""

import functools
import hashlib
import math

from mtc_tf.data.capture_dataset import EXAMPLE_BYTES
from mtc_tf.data.capture_dataset import CaptureDataset
from mtc_tf.data.capture_windows import windows_of
from mtc_tf.data.encoded_rows import encoded_windows
from mtc_tf.data.splits import PARTS
from mtc_tf.errors import InputError
from mtc_tf.features.packet_series import MOST_PACKETS_PER_FLOW
from mtc_tf.tasks import SERIES

_SPLITS = ("flow", "capture")


class SeriesDataset(CaptureDataset):
    """The flows of labelled captures, divided into parts.

    A flow lies in the part that it has in the `CaptureDataset` of the same
    split and seed. No cap of packets leaves any out: a flow has `MOST_WINDOWS`
    windows at most. While examples are drawn, 720 bytes are held of each flow
    of a capture (see `FlowWindows`).

    Choice: a flow that goes on in another capture begins there anew.

    Args:
        folder: as of `CaptureDataset`.
        label_map: `LabelMap`.
        packets_per_flow: int. Packets of a window (N).
        split: str. `flow` or `capture`.
        **arguments: others of `CaptureDataset`.

    Attributes:
        metadata: dict, as of `CaptureDataset`, with `packets_per_flow`, and in
            the report the `windows` of each part.

    Raises:
        InputError: as of `CaptureDataset`, and if the flows cannot be cut or
            divided so.
    """

    def __init__(
        self, folder, label_map, *, packets_per_flow, split, **arguments
    ):
        if split not in _SPLITS:
            raise InputError(
                f"a series of packets is divided by {' or '.join(_SPLITS)}, "
                f"since packets of a flow stay together; received: {split!r}"
            )
        if not 1 < packets_per_flow <= MOST_PACKETS_PER_FLOW:
            raise InputError(
                f"packets_per_flow must be from 2 to {MOST_PACKETS_PER_FLOW}; "
                f"received: {packets_per_flow}"
            )
        self._packets_per_flow = packets_per_flow
        super().__init__(folder, label_map, split=split, **arguments)
        self.encode = functools.partial(encoded_windows, packets_per_flow)
        self.metadata["packets_per_flow"] = packets_per_flow
        self.metadata["report"]["windows"] = self._division.windows
        # The same packets make other windows.
        self.metadata["digests"] = {
            part: hashlib.sha256(
                f"{packets_per_flow}/{digest}".encode()
            ).hexdigest()
            for part, digest in self._division.digests.items()
        }

    def examples(self, part):
        """Yields the windows of one part.

        Args:
            part: str. One of `PARTS`.

        Yields:
            tuple `(key, example)`: `"capture/number"` of the window's first
            packet, and a dict of `series`, the label of each task, `capture`,
            `group`, `flow`, and `timestamp`, that of the first packet.
        """
        index = PARTS.index(part)
        for capture, known in self.captures_with_known():
            for done in windows_of(capture, index, self._packets_per_flow):
                for number, label, flow, timestamp, series in zip(
                    done.numbers.tolist(),
                    capture.label_rows[done.flows].tolist(),
                    capture.flows[done.flows].tolist(),
                    done.timestamps.tolist(),
                    done.series,
                    strict=True,
                ):
                    yield (
                        f"{capture.name}/{number}",
                        {
                            SERIES.name: series,
                            **known[label],
                            "flow": flow,
                            "timestamp": timestamp,
                        },
                    )

    def rows(self, part):
        """Returns how many rows a part has, by the report."""
        return self.metadata["report"]["windows"][part]

    def nbytes(self, part):
        """Returns about how many bytes the examples of a part take."""
        series = math.prod(SERIES.row_shape(self._packets_per_flow))
        return self.rows(part) * (EXAMPLE_BYTES + 4 * series)
