"""How far figures move if other flows had been captured."""

import numpy as np
from scipy import sparse

RESAMPLES = 1000
COVERAGE = 0.95
# Draws that are held at once.
_DRAWS = 4_000_000


def resampled_sums(units, columns, resamples=RESAMPLES, seed=0):
    """Adds up what the units of a resample hold, for many resamples.

    A resample draws as many units as there are, each time from all of them.
    Figures that are functions of sums, such as F1 of a confusion matrix, need
    nothing else; those of several models on one resample are paired.

    Args:
        units: int array `(rows,)`. The unit of each row, from 0.
        columns: sparse or dense array `(rows, columns)`. What is added up.
        resamples: int.
        seed: int. The same seed and units give the same resamples.

    Returns:
        float64 array `(resamples, columns)`.
    """
    count = int(units.max()) + 1
    rows = len(units)
    of_unit = sparse.csr_array(
        (np.ones(rows), (units, np.arange(rows))), shape=(count, rows)
    ) @ sparse.csr_array(columns)
    generator = np.random.default_rng(seed)
    block = max(1, _DRAWS // count)
    sums = []
    for start in range(0, resamples, block):
        size = min(block, resamples - start)
        drawn = generator.integers(count, size=(size, count))
        places = drawn + np.arange(size)[:, np.newaxis] * count
        times = np.bincount(places.ravel(), minlength=size * count)
        sums.append((of_unit.T @ times.reshape(size, count).T).T)
    return np.concatenate(sums)


def interval(values):
    """Gives the range that holds most of the resampled values.

    Args:
        values: float array `(resamples,)`; NaN where a resample has nothing
            to compute a figure from.

    Returns:
        list of two floats, the 2.5th and the 97.5th percentile; None if there
        is no value.
    """
    values = values[~np.isnan(values)]
    if not len(values):
        return None
    tail = 50 * (1 - COVERAGE)
    return np.percentile(values, [tail, 100 - tail]).tolist()


def macro_f1(confusions):
    """Gives the macro F1 over the classes that have rows.

    Args:
        confusions: float array `(…, classes, classes)`, rows of which are the
            true classes. Counts or sums of weights.

    Returns:
        float64 array `(…)`, NaN where nothing has been counted.
    """
    hits = np.diagonal(confusions, axis1=-2, axis2=-1)
    true = confusions.sum(axis=-1)
    predicted = confusions.sum(axis=-2)
    f1 = 2 * hits / np.maximum(true + predicted, np.finfo(float).tiny)
    classes = (true > 0).sum(axis=-1)
    total = np.where(true > 0, f1, 0).sum(axis=-1)
    return np.where(classes > 0, total / np.maximum(classes, 1), np.nan)
