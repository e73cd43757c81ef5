"""What the other groups say of each group's rows."""

import numpy as np
import tqdm
from sklearn.ensemble import RandomForestClassifier

from mtc_tf.evaluation.baselines.sampling import class_weights

FOLDS = 5
_FOREST = RandomForestClassifier(n_estimators=200, random_state=0, n_jobs=-1)


def group_folds(groups, labels, folds=FOLDS, seed=0):
    """Divides groups into folds; those of one class go to all in turn.

    Args:
        groups: int array `(rows,)`.
        labels: int array `(rows,)`. A group with several counts for its
            smallest.
        folds: int.
        seed: int.

    Returns:
        int array `(rows,)` of folds, from 0.
    """
    units, firsts, places = np.unique(
        groups, return_index=True, return_inverse=True
    )
    smallest = labels[firsts].copy()
    np.minimum.at(smallest, places, labels)
    order = np.random.default_rng(seed).permutation(len(units))
    order = order[np.argsort(smallest[order], kind="stable")]
    fold_of_unit = np.empty(len(units), np.int64)
    fold_of_unit[order] = np.arange(len(units)) % folds
    return fold_of_unit[places]


def out_of_group_probabilities(table, labels, groups, classes, power):
    """Lets a forest answer each row that has seen no row of its group.

    Args:
        table: float32 array `(rows, columns)`.
        labels: int array `(rows,)`.
        groups: int array `(rows,)`.
        classes: int. How many there are.
        power: float. As of `class_weights`.

    Returns:
        float64 array `(rows, classes)`.
    """
    fold_of_row = group_folds(groups, labels)
    probabilities = np.zeros((len(table), classes))
    # None: on a terminal only.
    for fold in tqdm.tqdm(
        np.unique(fold_of_row), unit=" folds", disable=None, leave=False
    ):
        own = fold_of_row == fold
        others = ~own
        if not others.any():
            continue
        _FOREST.fit(
            table[others],
            labels[others],
            sample_weight=class_weights(labels[others], power),
        )
        answered = _FOREST.predict_proba(table[own])
        probabilities[np.ix_(own, _FOREST.classes_)] = answered
    return probabilities
