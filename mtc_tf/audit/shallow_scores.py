"""The score that shallow models reach on the test part."""

import numpy as np

from mtc_tf.audit.scores import scores
from mtc_tf.data.splits import PARTS
from mtc_tf.data.splits import TEST
from mtc_tf.data.splits import TRAIN
from mtc_tf.evaluation.baselines.sampling import CLASS_POWER
from mtc_tf.evaluation.baselines.sampling import draw_rows
from mtc_tf.evaluation.baselines.shallow_models import BASELINES
from mtc_tf.evaluation.baselines.shallow_models import MAJORITY
from mtc_tf.evaluation.baselines.shallow_models import shallow_answers
from mtc_tf.tasks import MISSING_LABEL

_NAMES = (MAJORITY, "lower port", "forest", "boosting")


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
        its `scores`. A task without a label in test, or with fewer than two
        classes in train, is left out.
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
        truth = rows.labels[task][test]
        if not answers[task] or (truth == MISSING_LABEL).all():
            continue
        result[task] = {
            name: scores(
                truth, parts[PARTS[TEST]].argmax(axis=1), len(names), flows
            )
            for name, parts in answers[task].items()
        }
    return result
