"""How often each port belongs to each class."""

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.base import ClassifierMixin


class LowerPortLookup(ClassifierMixin, BaseEstimator):
    """Looks up what was seen in training with the same number.

    A number that training does not have is answered with the shares of the
    classes among all rows.

    Attributes:
        classes_: int array. The classes seen in training.
    """

    def fit(self, X, y, sample_weight=None):
        """Counts the classes of each number.

        Args:
            X: array `(rows, 1)`.
            y: int array `(rows,)`. Classes.
            sample_weight: float array `(rows,)` or None.

        Returns:
            this estimator.
        """
        self.classes_, classes = np.unique(y, return_inverse=True)
        self.numbers_, places = np.unique(X[:, 0], return_inverse=True)
        counts = np.zeros((len(self.numbers_), len(self.classes_)))
        np.add.at(
            counts,
            (places, classes),
            1.0 if sample_weight is None else sample_weight,
        )
        # The last row is that of all other numbers.
        counts = np.vstack([counts, counts.sum(axis=0)])
        self.shares_ = counts / counts.sum(axis=1, keepdims=True)
        return self

    def predict_proba(self, X):
        """Gives the shares of the classes.

        Args:
            X: array `(rows, 1)`.

        Returns:
            float64 array `(rows, classes)`, the columns as in `classes_`.
        """
        places = np.searchsorted(self.numbers_, X[:, 0])
        places = np.minimum(places, len(self.numbers_) - 1)
        is_known = self.numbers_[places] == X[:, 0]
        return self.shares_[np.where(is_known, places, -1)]
