"""Division of records into parts: scaler, split and balancing together."""

import dataclasses

import numpy as np

from mtc_tf.data.balancing import balance_records
from mtc_tf.data.balancing import balanced_counts
from mtc_tf.data.balancing import smote_neighbors
from mtc_tf.data.equal_rows import first_of_equal
from mtc_tf.data.equal_rows import row_ids
from mtc_tf.data.splits import TRAIN
from mtc_tf.data.splits import split_packets
from mtc_tf.data.splits import split_rows
from mtc_tf.errors import InputError
from mtc_tf.features.scaler import fit_scaler


@dataclasses.dataclass(frozen=True)
class DividedRecords:
    """Scaled, balanced and divided records.

    Args:
        rows: float32 array of shape `(rows, features)`.
        classes: int array of shape `(rows,)`.
        sources: int array of shape `(rows,)`. Which of the records that were
            divided a row is; -1 for a synthetic one.
        parts: int8 array of shape `(rows,)`. The part of each row.
        neighbors: dict from class name to the number of neighbours that SMOTE
            looked at.
        scaler: what `fit_scaler` returned.
    """

    rows: np.ndarray
    classes: np.ndarray
    sources: np.ndarray
    parts: np.ndarray
    neighbors: dict
    scaler: object


def balance_and_divide(records, classes, *, seed):
    """Scales and balances all records, then divides them.

    What the paper's counts ask for: synthetic records and those they were made
    from stand in different parts.

    Args:
        records: `tabular.Records`.
        classes: list of str, the names of the classes.
        seed: int. Seed of scaler, balancing and split.

    Returns:
        `DividedRecords`.
    """
    scaler = fit_scaler(records.values, seed=seed)
    rows, balanced_classes, sources, neighbors = _balance(
        scaler.transform(records.values), records.classes, classes, seed
    )
    ids = np.arange(len(rows), dtype=np.uint64)
    parts = split_packets(ids, seed=seed)
    return DividedRecords(
        rows, balanced_classes, sources, parts, neighbors, scaler
    )


def divide_and_balance(records, classes, *, seed, parts=None):
    """Divides records; scales and balances by the training part alone.

    Nothing that is fitted sees a row of validation or test, and no row of
    features stands in two parts: of equal ones the first is kept.

    Choice: where the data choose the features, it is known only after the
    division which rows are equal; the training part then keeps them.

    Args:
        records: `tabular.Records`.
        classes: list of str, the names of the classes.
        seed: int. Seed of split, scaler and balancing.
        parts: int8 array of shape `(records,)`, where the records are divided
            already.

    Returns:
        tuple `(divided, records, steps)`: `DividedRecords`, the records that
        are its sources, and a dict from the name of each step to the file
        numbers of the records that it left.

    Raises:
        InputError: if too few records are left to train on.
    """
    steps = {}
    ids = row_ids(records.values)
    if parts is None:
        _, first, group = np.unique(ids, return_index=True, return_inverse=True)
        parts = split_rows(
            records.ids[first], records.classes[first], seed=seed
        )[group]
    kept, parts = first_of_equal(ids, records.classes, parts)
    records = records.take(kept)
    steps["without equal feature rows"] = records.files
    scaler = fit_scaler(records.values[parts == TRAIN], seed=seed)
    rows = scaler.transform(records.values)
    ids = row_ids(rows)
    kept, parts = first_of_equal(ids, records.classes, parts)
    records = records.take(kept)
    steps["without equal scaled rows"] = records.files
    check_classes(records.classes[parts == TRAIN], classes, "to train on")
    balanced = _balance_training_part(
        rows[kept], ids[kept], records.classes, parts, classes, seed
    )
    return DividedRecords(*balanced, scaler), records, steps


def check_classes(indices, classes, when):
    """Refuses records of a single class.

    Args:
        indices: int array, the class of each record.
        classes: list of str, the names of the classes.
        when: str. Ends "there are N records" in the message.

    Raises:
        InputError: if there are fewer than two classes.
    """
    found = [classes[index] for index in np.unique(indices)]
    if len(found) < 2:
        raise InputError(
            f"records of two classes at least are needed; {when} there are "
            f"{len(indices)} records, of {', '.join(found) or 'none'}"
        )


def _balance_training_part(rows, ids, row_classes, parts, classes, seed):
    train = np.flatnonzero(parts == TRAIN)
    others = np.flatnonzero(parts != TRAIN)
    balanced, balanced_classes, sources, neighbors = _balance(
        rows[train], row_classes[train], classes, seed
    )
    # A synthetic record can hit upon one of another part.
    synthetic = row_ids(balanced[sources < 0])
    others = others[~np.isin(ids[others], synthetic)]
    return (
        np.concatenate([balanced, rows[others]]),
        np.concatenate([balanced_classes, row_classes[others]]),
        np.concatenate([np.where(sources < 0, -1, train[sources]), others]),
        np.concatenate([np.full(len(balanced), TRAIN, np.int8), parts[others]]),
        neighbors,
    )


def _balance(rows, row_classes, classes, seed):
    counts = balanced_counts(len(rows))
    counts = [counts[name] for name in classes]
    found = np.bincount(row_classes, minlength=len(counts))
    neighbors = {
        classes[index]: count
        for index, count in smote_neighbors(found, counts).items()
    }
    return *balance_records(rows, row_classes, counts, seed=seed), neighbors
