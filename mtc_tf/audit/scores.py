"""What an answer to the test part is worth."""

import numpy as np

from mtc_tf.data.flow_weights import flow_weights
from mtc_tf.evaluation.baselines.lower_port_lookup import LowerPortLookup
from mtc_tf.evaluation.bootstrap import macro_f1
from mtc_tf.tasks import MISSING_LABEL


def scores(truth, answers, classes, flows=None):
    """Scores answered classes.

    Args:
        truth: int array `(rows,)`, `MISSING_LABEL` where there is none.
        answers: int array `(rows,)`.
        classes: int. How many there are.
        flows: int array `(rows,)`, or None of records.

    Returns:
        dict of `macro_f1` and, with flows, `fw16`; each a float, None if no
        row has a label.
    """
    is_labelled = truth != MISSING_LABEL
    cells = truth[is_labelled] * classes + answers[is_labelled]
    weights = {"macro_f1": np.ones(len(cells))}
    if flows is not None:
        weights["fw16"] = flow_weights(flows[is_labelled])
    return {
        name: _macro_f1(cells, own, classes) for name, own in weights.items()
    }


def look_up(train_values, train_labels, test_values, weights=None):
    """Answers with the class that most rows of the same value have.

    Args:
        train_values: array `(rows,)`.
        train_labels: int array `(rows,)`, `MISSING_LABEL` where there is none.
        test_values: array `(rows,)`.
        weights: function from the labels to a float array `(rows,)`, what
            each counts; None if all count alike.

    Returns:
        int array `(rows,)`, the most frequent class where training does not
        have the value; None if no training row has a label.
    """
    is_labelled = train_labels != MISSING_LABEL
    if not is_labelled.any():
        return None
    labels = train_labels[is_labelled]
    fitted = LowerPortLookup().fit(
        train_values[is_labelled][:, np.newaxis],
        labels,
        None if weights is None else weights(labels),
    )
    answers = fitted.predict_proba(test_values[:, np.newaxis]).argmax(axis=1)
    return fitted.classes_[answers]


def _macro_f1(cells, weights, classes):
    counts = np.bincount(cells, weights, minlength=classes**2)
    if not counts.any():
        return None
    return float(macro_f1(counts.reshape(classes, classes)))
