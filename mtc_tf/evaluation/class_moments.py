"""Where classes lie in the features of a model, from one pass over rows."""

import numpy as np

from mtc_tf.runs.confidence import ClassDistance

# Share of the mean variance that every direction has at least, and the least
# at all: what never differs within a class has none to be divided by.
_LEAST_SHARE = 1e-3
_LEAST_VARIANCE = 1e-9


class ClassMoments:
    """The weighted means of classes, and the covariance that they share.

    Args:
        classes: int. Number of classes.
    """

    def __init__(self, classes):
        self._weights = np.zeros(classes)
        self._sums = 0.0
        self._products = 0.0

    def add(self, features, labels, weights):
        """Adds rows.

        Args:
            features: float array `(rows, channels)`.
            labels: int array `(rows,)`. Their classes.
            weights: float array `(rows,)`. What each counts.
        """
        features = np.asarray(features, np.float64)
        weighed = features * weights[:, np.newaxis]
        members = np.zeros((len(self._weights), len(labels)))
        members[labels, np.arange(len(labels))] = 1
        self._weights += members @ weights
        self._sums = self._sums + members @ weighed
        self._products = self._products + weighed.T @ features

    def distance(self):
        """Returns the `ClassDistance` of the classes that have rows."""
        has_rows = self._weights > 0
        weights = self._weights[has_rows]
        means = self._sums[has_rows] / weights[:, np.newaxis]
        between = (means * weights[:, np.newaxis]).T @ means
        covariance = (self._products - between) / weights.sum()
        variances, directions = np.linalg.eigh(covariance)
        least = max(_LEAST_SHARE * variances.mean(), _LEAST_VARIANCE)
        whitening = directions / np.sqrt(np.maximum(variances, least))
        return ClassDistance(np.float32(means), np.float32(whitening))
