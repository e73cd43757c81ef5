"""The score that shallow models reach on the test part."""

import numpy as np

from mtc_tf.audit.scores import scores
from mtc_tf.data.splits import PARTS
from mtc_tf.data.splits import TEST
from mtc_tf.data.splits import TRAIN
from mtc_tf.evaluation.baselines.sampling import CLASS_POWER
from mtc_tf.evaluation.baselines.sampling import draw_rows
from mtc_tf.evaluation.baselines.shallow_models import BASELINES
from mtc_tf.evaluation.baselines.shallow_models import shallow_answers
from mtc_tf.tasks import MISSING_LABEL

MAJORITY = "always the largest class"
_NAMES = ("lower port", "forest", "boosting")


def learned_rows(rows):
    """Draws the training rows of the baselines, as `mtc evaluate` does.

    Args:
        rows: `AuditedRows`.

    Returns:
        tuple of an int array, where they are, and the power of their
        `class_weights`.
    """
    train = rows.places_of(TRAIN)
    if "flow" not in rows.units:
        return train[draw_rows(np.arange(len(train)))], 0
    return train[draw_rows(rows.units["flow"][train])], CLASS_POWER


def shallow_scores(rows, drawn, power):
    """Trains the baselines and scores them on the test part.

    Args:
        rows: `AuditedRows`.
        drawn: int array. Where the rows to learn from are.
        power: float. As of `class_weights`.

    Returns:
        dict from task to dict from the baseline's name, `MAJORITY` first, to
        its `scores`. A task without a label in train or test has none.
    """
    test = rows.places_of(TEST)
    answers = shallow_answers(
        rows.kind,
        rows.chosen(drawn),
        {task: labels[drawn] for task, labels in rows.labels.items()},
        power,
        {PARTS[TEST]: rows.chosen(test)},
        rows.tasks,
        [name for name in _NAMES if name in BASELINES[rows.kind.name]],
    )
    flows = rows.units["flow"][test] if "flow" in rows.units else None
    result = {}
    for task, names in rows.tasks.items():
        labels = rows.labels[task]
        largest = _largest(labels[rows.places_of(TRAIN)])
        truth = labels[test]
        if largest is None or (truth == MISSING_LABEL).all():
            continue
        answered = {MAJORITY: np.full(len(test), largest)} | {
            name: parts[PARTS[TEST]].argmax(axis=1)
            for name, parts in answers[task].items()
        }
        result[task] = {
            name: scores(truth, classes, len(names), flows)
            for name, classes in answered.items()
        }
    return result


def _largest(labels):
    """The most frequent class, None without any."""
    counts = np.bincount(labels[labels != MISSING_LABEL])
    return int(counts.argmax()) if len(counts) else None
