"""How much a field and a label tell about each other."""

import numpy as np


def normalized_information(values, labels):
    """Computes the normalised mutual information of two columns.

    A field with a value of its own for each row tells everything about these
    rows, and nothing about others: only the look-up on test rows says that.

    Args:
        values: array `(rows,)`.
        labels: int array `(rows,)`.

    Returns:
        float from 0 to 1: the mutual information divided by the mean of both
        entropies; 0 if a column has one value only.
    """
    _, values = np.unique(values, return_inverse=True)
    width = int(labels.max(initial=0)) + 1
    joint = _entropy(values * width + labels)
    of_values, of_labels = _entropy(values), _entropy(labels)
    if not of_values or not of_labels:
        return 0.0
    shared = of_values + of_labels - joint
    return float(max(0.0, 2 * shared / (of_values + of_labels)))


def _entropy(numbers):
    _, counts = np.unique(numbers, return_counts=True)
    shares = counts / counts.sum()
    return -float((shares * np.log(shares)).sum())
