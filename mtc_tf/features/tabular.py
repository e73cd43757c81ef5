"""CICIDS2017: read, clean, and choose features.

Every step takes records and gives fewer of them, or tells which features to
keep; nothing is changed in place.

Paper: Sections 3.1.2 and 3.2, Table 2; the steps are those of its reference
[25].
"""

import dataclasses
import re

import numpy as np
import tqdm

from mtc_tf.errors import InputError
from mtc_tf.features.record_table import CHUNK_ROWS
from mtc_tf.features.record_table import DOUBLE
from mtc_tf.features.record_table import DOUBLED
from mtc_tf.features.record_table import GENERATION
from mtc_tf.features.record_table import LABEL
from mtc_tf.features.record_table import open_record_table
from mtc_tf.packets.hashing import hash64
from mtc_tf.packets.hashing import hash_text

PORT = "Destination Port"
# The class that the paper removes: 36 records.
REMOVED_CLASS = "Infiltration"

# Features that vary less than this, or follow a later one closer than that,
# are left out by `filter_features`.
SMALLEST_DEVIATION = 0.01
LARGEST_CORRELATION = 0.98

_LARGEST_PORT = 65_535


@dataclasses.dataclass(frozen=True)
class Records:
    """Labelled records.

    Args:
        values: float32 array of shape `(records, features)`.
        classes: int8 array of shape `(records,)`. Index of the class.
        ids: uint64 array of shape `(records,)`. Hash of all that stands in the
            row, the label too: repeated rows share it.
        files: int16 array of shape `(records,)`. Index of the file.
        lines: int32 array of shape `(records,)`. Line in the file, from 1.
    """

    values: np.ndarray
    classes: np.ndarray
    ids: np.ndarray
    files: np.ndarray
    lines: np.ndarray

    def __len__(self):
        return len(self.ids)

    def take(self, chosen):
        """Returns the records that a mask or an array of indices names."""
        return Records(
            *(
                getattr(self, field.name)[chosen]
                for field in dataclasses.fields(self)
            )
        )


def read_records(paths, class_of_label, classes, features):
    """Reads labelled records of one or several files.

    Args:
        paths: list of `pathlib.Path` or `epath.Path`.
        class_of_label: dict from label to name of its class.
        classes: list of str. The names of the classes.
        features: list of str. The 77 features of genuine files; the one that
            these hold twice is named once.

    Returns:
        `Records`, in the order of the files, with the features in the order
        given.

    Raises:
        InputError: as of `RecordTable`; if a file holds no record; if a
            label is unknown, or values are not those of genuine files.
    """
    pieces = []
    with tqdm.tqdm(unit=" records", disable=None, leave=False) as progress:
        for number, path in enumerate(paths):
            before = len(pieces)
            with open_record_table(path) as table:
                # Later generations hold it once, and it is read twice.
                second = DOUBLE if table.generation == GENERATION else DOUBLED
                columns = [*features, second]
                for chunk in table.chunks(columns, with_labels=True):
                    _check_genuine(path, chunk, columns)
                    pieces.append(
                        Records(
                            chunk.float32()[:, :-1],
                            *_classes(path, chunk, class_of_label, classes),
                            np.full(len(chunk), number, np.int16),
                            chunk.lines.astype(np.int32),
                        )
                    )
                    progress.update(len(chunk))
            if len(pieces) == before:
                raise InputError(f"{path}: the file holds no record")
    return Records(
        *(
            np.concatenate([getattr(piece, field.name) for piece in pieces])
            for field in dataclasses.fields(Records)
        )
    )


def remove_repeated(records, *, keep):
    """Removes rows that stand in the files more than once.

    Args:
        records: `Records`.
        keep: str. `none` removes every copy of a repeated row, as the paper's
            counts ask for; `first` leaves the first one.

    Returns:
        `Records`.

    Paper: Table 2, column "Imbalanced".
    """
    _, first, counts = np.unique(
        records.ids, return_index=True, return_counts=True
    )
    if keep == "none":
        first = first[counts == 1]
    return records.take(np.sort(first))


def remove_missing(records):
    """Removes records that lack a value.

    Paper: Table 2, column "Imbalanced".
    """
    return records.take(~np.isnan(records.values).any(axis=1))


def remove_infinite(records):
    """Removes records with an infinite rate: those that last no time.

    Paper: Table 2, column "Imbalanced".
    """
    return records.take(~np.isinf(records.values).any(axis=1))


def remove_class(records, index):
    """Removes the records of one class.

    Paper: Section 3.2.3.
    """
    return records.take(records.classes != index)


def filter_features(values, features):
    """Chooses features by what the data say.

    A feature whose standard deviation is below `SMALLEST_DEVIATION` is left
    out; then, of each two whose Pearson correlation is above
    `LARGEST_CORRELATION`, the earlier one. On all of CICIDS2017 this gives
    the 49 features of the paper; on a small part of it, others.

    Args:
        values: float32 array of shape `(records, features)`.
        features: list of str. Their names.

    Returns:
        list of str, in the given order.

    Paper: Section 3.2; the rule is that of its reference [25].
    """
    covariances = _covariances(values)
    deviations = np.sqrt(np.diag(covariances))
    varying = np.flatnonzero(deviations >= SMALLEST_DEVIATION)
    scales = deviations[varying]
    correlations = covariances[np.ix_(varying, varying)]
    correlations = correlations / np.outer(scales, scales)
    follows_later = np.triu(correlations > LARGEST_CORRELATION, k=1).any(axis=1)
    return [features[index] for index in varying[~follows_later]]


def _covariances(values):
    """Covariances in float64, block by block to save memory."""
    mean = values.mean(axis=0, dtype=np.float64)
    products = np.zeros((len(mean), len(mean)))
    for start in range(0, len(values), CHUNK_ROWS):
        centered = values[start : start + CHUNK_ROWS] - mean
        products += centered.T @ centered
    return products / (len(values) - 1)


def _check_genuine(path, chunk, columns):
    """Refuses the synthetic files that go round under these names."""
    ports = chunk.values[:, columns.index(PORT)]
    # Cells without a value are a matter of cleaning.
    with np.errstate(invalid="ignore"):
        wrong = (ports % 1 != 0) | (ports < 0) | (ports > _LARGEST_PORT)
    _refuse(path, chunk, wrong & np.isfinite(ports), PORT, "a port", ports)
    first = chunk.values[:, columns.index(DOUBLED)]
    second = chunk.values[:, -1]
    differ = (first != second) & ~(np.isnan(first) & np.isnan(second))
    _refuse(path, chunk, differ, DOUBLE, f"the value of {DOUBLED!r}", second)


def _refuse(path, chunk, wrong, column, expected, values):
    if wrong.any():
        row = wrong.argmax()
        raise InputError(
            f"{path}: line {chunk.lines[row]}, column {column!r}: expected "
            f"{expected}, received {values[row]:g}; no genuine file of "
            "CICIDS2017 holds that"
        )


def _classes(path, chunk, class_of_label, classes):
    """Class and id of each row of a chunk."""
    # Dashes of three encodings.
    labels, label_of_row = np.unique(
        [re.sub(r"^Web Attack\W+", "Web Attack - ", x) for x in chunk.labels],
        return_inverse=True,
    )
    for index, label in enumerate(labels):
        if label not in class_of_label:
            row = (label_of_row == index).argmax()
            raise InputError(
                f"{path}: line {chunk.lines[row]}, column {LABEL!r}: expected "
                f"one of {', '.join(class_of_label)}; received "
                f"{chunk.labels[row]!r}"
            )
    indices = [classes.index(class_of_label[label]) for label in labels]
    ids = np.array([hash_text(label) for label in labels], np.uint64)
    ids = ids[label_of_row]
    for column in chunk.values.T:
        # Zero has two signs, and NaN many forms.
        bits = np.where(np.isnan(column), np.nan, column + 0.0).view(np.uint64)
        ids = hash64(bits, seed=ids)
    return np.array(indices, np.int8)[label_of_row], ids
