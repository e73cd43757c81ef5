"""Where audited rows come from: a prepared dataset, or labelled captures."""

import itertools

import numpy as np
import tqdm

from mtc_tf.audit.audited_rows import AuditedRows
from mtc_tf.data.equal_rows import packet_ids
from mtc_tf.data.equal_rows import row_ids
from mtc_tf.data.splits import PARTS
from mtc_tf.evaluation.baselines.inputs import PACKET_BYTES
from mtc_tf.tasks import PACKET

_BATCH_ROWS = 4096
_UNITS = ("flow", "group", "capture", "file", "line")
_NAMED = ("group", "capture", "file")


def prepared_rows(builder):
    """Reads a prepared dataset, without TensorFlow.

    Args:
        builder: a builder from `mtc_tf.data.prepared_builder.load_builder`.

    Returns:
        `AuditedRows`.

    Raises:
        InputError: if the dataset is damaged.
    """
    from mtc_tf.data.example_files import read_batches
    from mtc_tf.data.prepared_builder import model_input

    kind, metadata = model_input(builder), builder.info.metadata
    features = builder.info.features
    wanted = (kind.name, "length", *metadata["classes"], *_UNITS)
    names = [name for name in wanted if name in features]
    collected = _Collected(
        kind,
        metadata,
        sum(builder.info.splits[part].num_examples for part in PARTS),
    )
    for index, part in enumerate(PARTS):
        for batch in read_batches(builder, part, names, _BATCH_ROWS):
            collected.add(index, batch)
    return collected.finish(builder.info.full_name)


def capture_rows(folder, label_map, split, recipe):
    """Reads a folder of labelled captures, and divides it as a dataset.

    Args:
        folder: `pathlib.Path`.
        label_map: `LabelMap`.
        split: str. As of `CaptureDataset`.
        recipe: str. As of `CaptureDataset`.

    Returns:
        `AuditedRows`.

    Raises:
        InputError: as of `CaptureDataset`.
    """
    from mtc_tf.data.capture_dataset import CaptureDataset

    dataset = CaptureDataset(folder, label_map, split=split, recipe=recipe)
    counts = dataset.metadata["report"]["parts"]
    collected = _Collected(
        PACKET, dataset.metadata, sum(counts[part] for part in PARTS)
    )
    for index, part in enumerate(PARTS):
        examples = (example for _, example in dataset.examples(part))
        while batch := list(itertools.islice(examples, _BATCH_ROWS)):
            collected.add(
                index,
                {
                    name: np.array([example[name] for example in batch])
                    for name in batch[0]
                },
            )
    return collected.finish(str(folder))


class _Collected:
    """Batches of rows, put together: of packets their first bytes alone."""

    def __init__(self, kind, metadata, rows):
        self._kind, self._metadata = kind, metadata
        self._columns = {}
        # None: on a terminal only.
        self._progress = tqdm.tqdm(
            total=rows, unit=" rows", disable=None, leave=False
        )

    def add(self, part, batch):
        rows = batch[self._kind.name]
        kept = dict(batch)
        if self._kind is PACKET:
            kept["ids"] = packet_ids(rows)
            # A copy: the batch does not stay in memory.
            kept[PACKET.name] = rows[:, :PACKET_BYTES].copy()
        else:
            kept["ids"] = row_ids(rows.reshape(len(rows), -1))
        kept["parts"] = np.full(len(rows), part, np.int8)
        for name, values in kept.items():
            self._columns.setdefault(name, []).append(values)
        self._progress.update(len(rows))

    def finish(self, name):
        self._progress.close()
        columns = {
            key: np.concatenate(batches)
            for key, batches in self._columns.items()
        }
        self._columns.clear()
        unit_names = {}
        for unit in _NAMED:
            if unit in columns:
                names, columns[unit] = np.unique(
                    columns[unit], return_inverse=True
                )
                unit_names[unit] = [
                    x.decode() if isinstance(x, bytes) else str(x)
                    for x in names
                ]
        classes = self._metadata["classes"]
        return AuditedRows(
            name=name,
            split=self._metadata["split"],
            recipe=self._metadata["recipe"],
            kind=self._kind,
            tasks={task: list(names) for task, names in classes.items()},
            feature_names=list(self._metadata.get("features", ())),
            parts=columns["parts"],
            ids=columns["ids"],
            rows={
                key: columns[key]
                for key in (self._kind.name, "length")
                if key in columns
            },
            labels={task: columns[task] for task in classes},
            units={unit: columns[unit] for unit in _UNITS if unit in columns},
            unit_names=unit_names,
        )
