"""The figures of one task, computed by scikit-learn."""

import numpy as np
from sklearn import metrics

from mtc_tf.tasks import MISSING_LABEL

_FIGURES = ("precision", "recall", "f1")


def classification_metrics(labels, probabilities, class_names):
    """Compares predicted with true classes.

    Rows without a label are left out. A class without rows has no recall, so
    averages go over the classes that have rows (`classes_evaluated`); a row
    that is predicted as one of the others counts against its true class.

    Args:
        labels: int array of shape `(rows,)`, `MISSING_LABEL` where there is
            none.
        probabilities: float array of shape `(rows, classes)`.
        class_names: list of str.

    Returns:
        dict that `json` can write. `confusion_matrix` has a row for each true
        and a column for each predicted class. Without a labelled row, `rows`
        is 0 and there are no figures.

    Raises:
        ValueError: if the three arguments do not fit together.
    """
    labels, probabilities = np.asarray(labels), np.asarray(probabilities)
    _check_shapes(labels, probabilities, class_names)
    is_labelled = labels != MISSING_LABEL
    truth = labels[is_labelled]
    counts = np.bincount(truth, minlength=len(class_names))
    result = {
        "rows": len(truth),
        "rows_without_label": len(labels) - len(truth),
        "classes_evaluated": [
            name
            for name, count in zip(class_names, counts, strict=True)
            if count
        ],
    }
    if not len(truth):
        return result
    predictions = probabilities[is_labelled].argmax(axis=1)
    return {
        **result,
        **_averages(truth, predictions),
        "classes": _per_class(truth, predictions, class_names),
        "confusion_matrix": metrics.confusion_matrix(
            truth, predictions, labels=range(len(class_names))
        ).tolist(),
    }


def _check_shapes(labels, probabilities, class_names):
    expected = (len(labels), len(class_names))
    if probabilities.shape != expected:
        raise ValueError(
            "`probabilities` must have a row for each label and a column for "
            f"each class. Expected: {expected}. "
            f"Received: {probabilities.shape}."
        )


def _averages(truth, predictions):
    """Accuracy, and the figures averaged over the classes with rows."""
    averages = {"accuracy": float(metrics.accuracy_score(truth, predictions))}
    for average in ("macro", "weighted"):
        *figures, _ = metrics.precision_recall_fscore_support(
            truth,
            predictions,
            labels=np.unique(truth),
            average=average,
            zero_division=0,
        )
        averages[average] = _named(figures)
    return averages


def _per_class(truth, predictions, class_names):
    *figures, counts = metrics.precision_recall_fscore_support(
        truth,
        predictions,
        labels=range(len(class_names)),
        zero_division=0,
    )
    return {
        name: {
            "count": int(count),
            **(_named(row) if count else dict.fromkeys(_FIGURES)),
        }
        for name, count, *row in zip(class_names, counts, *figures, strict=True)
    }


def _named(figures):
    return dict(zip(_FIGURES, map(float, figures), strict=True))
