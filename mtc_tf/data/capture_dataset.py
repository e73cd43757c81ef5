"""Captures in a folder -> labelled packets in three parts.

What every dataset of captures shares; a TFDS builder adds where the files
come from and how examples are stored.
"""

import pathlib
import tempfile

from mtc_tf.data.capture_division import divide_captures
from mtc_tf.data.capture_report import data_report
from mtc_tf.data.capture_scan import scan_captures
from mtc_tf.data.capture_source import CaptureSource
from mtc_tf.data.encoded_rows import encoded_packets
from mtc_tf.data.file_calls import Step
from mtc_tf.data.named_captures import named_captures
from mtc_tf.data.splits import PARTS
from mtc_tf.data.worker_pool import WorkerPool
from mtc_tf.data.worker_pool import worth_a_call
from mtc_tf.errors import InputError

# Captures that go to a worker together have so many bytes, or are one.
_TASK_BYTES = 1 << 20
# What an example takes beside its row, about.
EXAMPLE_BYTES = 250
# What differs between the packets of one capture.
_OWN_FEATURES = ("packet", "flow", "timestamp", "length")


class CaptureDataset:
    """The labelled captures of a folder, divided into parts.

    Each capture is read and preprocessed once. Packets, and what is known of
    them, wait in files until their part is asked for, which take about as much
    room as the captures do uncompressed. What is known is held of one capture
    at a time, or of some small ones: some 50 bytes a packet while it is found.

    Args:
        folder: `pathlib.Path` or `epath.Path`. Captures may lie in folders
            below it; what is no capture is passed over, and reported.
        label_map: `LabelMap`. Captures, and flows, without a label are left
            out.
        split: str. One of `SPLITS` of `mtc_tf.data.capture_split`.
        recipe: str. Recipe of `mtc_tf.packets.preprocess_capture`.
        split_seed: int. Seed of the split and of the cap's draw.
        spool_folder: `pathlib.Path` or `epath.Path` of the folder in which the
            packets wait; None for one that goes with this object. Captures
            that were read into it before are not read again.
        workers: `WorkerPool` or `BeamPool` that reads and divides captures;
            None for this process.

    Attributes:
        encode: function that encodes rows, as of `mtc_tf.data.encoded_rows`;
            a worker can be given it.
        metadata: dict that `json` can write: the arguments, the classes of
            each task, the digests of label map and parts, the data report.

    Raises:
        InputError: if there is no labelled packet, or not enough for three
            parts; if two captures have one name; if one cannot be read; if
            there is no room for the packets to wait in.

    Paper: Sections 3.2.1 to 3.2.3 and 4.1.2.
    """

    # Of a dataset of packets.
    _packets_per_flow = None

    def __init__(
        self,
        folder,
        label_map,
        *,
        split,
        recipe,
        split_seed=0,
        spool_folder=None,
        workers=None,
    ):
        paths, passed_over = named_captures(folder)
        labels = {name: label_map.lookup(name) for name in paths}
        self._label_map = label_map
        self.encode = encoded_packets
        if spool_folder is None:
            self._own_folder = tempfile.TemporaryDirectory()
            spool_folder = pathlib.Path(self._own_folder.name)
        workers = workers or WorkerPool(1, spool_folder)
        sources = [
            CaptureSource.of(path, labels[name], name=name, recipe=recipe)
            for name, path in paths.items()
            if labels[name]
        ]
        self._check_labels(folder, paths, sources)
        tasks = [
            (task, spool_folder)
            for task in worth_a_call(sources, lambda x: x.nbytes, _TASK_BYTES)
        ]
        [self._division] = workers.call_all(
            Step("reading", scan_captures, tasks),
            Step(
                "dividing",
                divide_captures,
                [(split, split_seed, self._packets_per_flow)],
            ),
        )
        self._check_packets(folder)
        self.metadata = {
            "split": split,
            "recipe": recipe,
            "split_seed": split_seed,
            "classes": label_map.classes,
            "label_map": {
                "version": label_map.version,
                "digest": label_map.digest,
            },
            "digests": self._division.digests,
            "report": data_report(
                self._division.counts,
                label_map,
                paths,
                passed_over=passed_over,
                split_by_flow=self._division.by_flow,
            ),
        }
        self._check_parts(folder, split)

    def examples(self, part):
        """Yields the packets of one part.

        Args:
            part: str. One of `PARTS`.

        Yields:
            tuple `(key, example)`: `"capture/number"`, and a dict of
            `packet`, the label of each task, `capture`, `group`, `flow`,
            `timestamp`, and `length`.
        """
        for capture, known in self.captures_with_known():
            for rows, stored in capture.batches_of(PARTS.index(part)):
                flows = capture.flow_rows[rows]
                columns = (
                    capture.numbers[rows].tolist(),
                    capture.label_rows[flows].tolist(),
                    stored.packets,
                    capture.flows[flows].tolist(),
                    stored.timestamps.tolist(),
                    stored.lengths.tolist(),
                )
                for number, label, *values in zip(*columns, strict=True):
                    own = zip(_OWN_FEATURES, values, strict=True)
                    yield f"{capture.name}/{number}", known[label] | dict(own)

    def captures_with_known(self):
        """Yields each capture with what its rows have in common.

        Yields:
            tuple `(capture, known)`: a `LabelledCapture`, and a list of dict,
            one for each of its `labels`.
        """
        for scan, known in self.scans_with_known():
            yield from zip(scan.captures(), known, strict=True)

    def scans_with_known(self):
        """Yields captures that were read together, as `captures_with_known`.

        Yields:
            tuple `(scan, known)`: a `ScannedCaptures`, divided, and for each of
            its captures a list of dict, one for each of its labels.
        """
        for scan in self._division.scans:
            yield scan, [self._known(source) for source in scan.sources]

    def rows(self, part):
        """Returns how many rows a part has, by the report."""
        return self.metadata["report"]["parts"][part]

    def nbytes(self, part):
        """Returns about how many bytes the examples of a part take."""
        return self.rows(part) * EXAMPLE_BYTES + self._division.nbytes[part]

    def _known(self, source):
        """What examples share that have one capture and its labels."""
        return [
            {
                **self._label_map.indices(labels),
                "capture": source.name,
                "group": labels.group,
            }
            for labels in source.flow_labels.labels
        ]

    def _check_labels(self, folder, paths, sources):
        if not sources:
            raise InputError(
                f"{folder}: none of its {len(paths)} captures has a label in "
                f"{self._label_map.name}; it begins with {next(iter(paths))!r}"
            )

    def _check_packets(self, folder):
        captures = self._division.counts
        left_out = sum(c.left_out["flows"] for c in captures)
        if left_out and not any(scan.packets for scan in self._division.scans):
            raise InputError(
                f"{folder}: none of the {left_out} flows of its "
                f"{len(captures)} labelled captures is named by "
                f"`flows` in {self._label_map.name}"
            )
        if not any(capture.report.kept for capture in captures):
            read = sum(capture.report.read for capture in captures)
            raise InputError(
                f"{folder}: no packet is kept; its {len(captures)} "
                f"labelled captures hold {read} packets, none of them with data"
            )

    def _check_parts(self, folder, split):
        for part, packets in self.metadata["report"]["parts"].items():
            if not packets:
                raise InputError(
                    f"{folder}: too few captures for the split by {split}; "
                    f"the part {part!r} gets no packet"
                )
