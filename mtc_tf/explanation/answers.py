"""Answers of a model that something was done to, and what that costs."""

import keras
import numpy as np
from scipy import stats

from mtc_tf.evaluation.comparison import task_figures
from mtc_tf.inference.row_classifier import PACKETS_PER_BATCH

_WHOLE, _CHANGED = "whole", "changed"
FIGURE = "fw16"


def answers_of(function, rows, progress):
    """Asks for any number of rows in bounded memory.

    Args:
        function: callable. Tensor `(batch, …)` -> dict from task to tensor of
            probabilities `(batch, classes)`.
        rows: array `(rows, …)`, one row at least.
        progress: callable. It is told of each batch how many rows it had.

    Returns:
        dict from task to float array `(rows, classes)`.
    """
    batches = []
    for start in range(0, len(rows), PACKETS_PER_BATCH):
        batch = rows[start : start + PACKETS_PER_BATCH]
        answers = function(keras.ops.convert_to_tensor(batch))
        batches.append(
            {
                task: keras.ops.convert_to_numpy(values)
                for task, values in answers.items()
            }
        )
        progress(len(batch))
    return {
        task: np.concatenate([batch[task] for batch in batches])
        for task in batches[0]
    }


def figure_of(facts, task, probabilities):
    """Computes the figure that changes are measured by.

    Args:
        facts: dict as of `mtc_tf.evaluation.evaluate.row_facts`.
        task: str.
        probabilities: float array `(rows, classes)`.

    Returns:
        dict of the `value` of fw16 and its 95 % `interval`; None if no row has
        a label.
    """
    figures = task_figures(facts, task, {_WHOLE: probabilities})
    return figures[_WHOLE].as_json()[FIGURE] if figures else None


def costs(facts, task, whole, changed):
    """Computes what changes cost.

    Args:
        facts: dict as of `mtc_tf.evaluation.evaluate.row_facts`.
        task: str.
        whole: float array `(rows, classes)`. The answers of the whole model to
            what really was sent.
        changed: dict from a name to such an array.

    Returns:
        dict from the name to the `difference` of fw16, above 0 where the change
        does harm, and its 95 % `interval`; empty if no row has a label.
    """
    result = {}
    for name, probabilities in changed.items():
        # One by one: the resamples of many models do not fit the memory.
        figures = task_figures(
            facts, task, {_WHOLE: whole, _CHANGED: probabilities}
        )
        if figures:
            result[name] = figures[_WHOLE].better_than(
                figures[_CHANGED], FIGURE
            )
    return result


def rank_correlations(fields, randomised):
    """Compares what fields are said to matter with what they cost.

    Args:
        fields: dict from field to a dict of its `share` of attributions and the
            `mean` that it adds.
        randomised: dict from field to a dict with the `difference` that it
            makes when it is randomised.

    Returns:
        dict of `share` and `mean`, Spearman's correlation of each with the
        difference, over the fields that both hold; None if these are fewer
        than three, or all alike.
    """
    names = [name for name in fields if name in randomised]
    differences = [randomised[name]["difference"] for name in names]

    def correlation(key):
        values = [fields[name][key] for name in names]
        if len(names) < 3 or 1 in (len(set(values)), len(set(differences))):
            return None
        return float(stats.spearmanr(values, differences).statistic)

    return {key: correlation(key) for key in ("share", "mean")}
