"""Rows that are equal after preprocessing, within and across parts."""

import numpy as np

from mtc_tf.data.splits import PARTS
from mtc_tf.data.splits import TEST
from mtc_tf.data.splits import TRAIN
from mtc_tf.tasks import MISSING_LABEL

_EXAMPLES = 5


def repeated_rows(rows):
    """Finds rows that are equal to others.

    Args:
        rows: `AuditedRows`.

    Returns:
        dict that `json` can write. `within`: for each part, how many rows
        repeat an earlier row of it. `test_rows`: how many test rows have an
        equal row in train, and `test_share`. `other_label`: for each task, how
        many of those have an equal row in train with another label
        (`test_rows`), and how many rows of all parts are equal to one with
        another label (`rows`). `examples`: some pairs of `test` and `train`
        row, those with another label first.
    """
    _, places = np.unique(rows.ids, return_inverse=True)
    in_train = np.zeros(places.max(initial=-1) + 1, bool)
    in_train[places[rows.parts == TRAIN]] = True
    is_test = rows.parts == TEST
    is_repeated = is_test & in_train[places]
    contradicts = np.zeros(len(places), bool)
    other_label = {}
    for task, labels in rows.labels.items():
        against_train = _differs(places, labels, rows.parts == TRAIN)
        against_all = _differs(places, labels, np.ones(len(places), bool))
        contradicts |= against_train & is_test
        other_label[task] = {
            "test_rows": int((against_train & is_test).sum()),
            "rows": int(against_all.sum()),
        }
    tests = max(1, int(is_test.sum()))
    return {
        "within": {
            part: _repeats(places[rows.parts == index])
            for index, part in enumerate(PARTS)
        },
        "test_rows": int(is_repeated.sum()),
        "test_share": int(is_repeated.sum()) / tests,
        "other_label": other_label,
        "examples": _examples(rows, places, is_repeated, contradicts),
    }


def _repeats(places):
    return len(places) - len(np.unique(places))


def _differs(places, labels, is_compared):
    """Whether a compared row is equal to a row and has another label."""
    width = max(labels.max(initial=0), 0) + 1
    is_labelled = labels != MISSING_LABEL
    cells = places * width + labels
    known = np.unique(cells[is_labelled & is_compared])
    labels_of = np.bincount(
        known // width, minlength=places.max(initial=-1) + 1
    )
    others = labels_of[places] - np.isin(cells, known)
    return is_labelled & (others > 0)


def _examples(rows, places, is_repeated, contradicts):
    order = np.lexsort((~contradicts, ~is_repeated))
    tests = order[: min(_EXAMPLES, np.count_nonzero(is_repeated))]
    trains = np.flatnonzero(rows.parts == TRAIN)
    examples = []
    for test in tests:
        equal = trains[places[trains] == places[test]]
        # A contradiction is shown by a row that contradicts.
        others = np.zeros(len(equal), bool)
        for labels in rows.labels.values():
            others |= labels[equal] != labels[test]
        train = equal[np.argmax(others)]
        examples.append({"test": _row(rows, test), "train": _row(rows, train)})
    return examples


def _row(rows, place):
    labels = {
        task: rows.tasks[task][values[place]]
        for task, values in rows.labels.items()
        if values[place] != MISSING_LABEL
    }
    return rows.source(place) | {"labels": labels}
