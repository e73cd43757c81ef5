"""A network beside shallow models: who is better, and is it certain?"""

import numpy as np

from mtc_tf.evaluation.baselines.shallow_models import TREES
from mtc_tf.evaluation.baselines.shallow_models import TREES_NAME
from mtc_tf.evaluation.flow_figures import flow_figures
from mtc_tf.evaluation.flow_figures import row_figures
from mtc_tf.tasks import MISSING_LABEL

MODEL, AVERAGED = "the model", "model and trees averaged"


def task_figures(rows, task, probabilities):
    """Computes the figures of several models on one task.

    Args:
        rows: dict of arrays `(rows,)`: the labels of the task, under its
            name; of packets also `flow`, `timestamp` and `unit`.
        task: str.
        probabilities: dict from the name of a model to float array
            `(rows, classes)`.

    Returns:
        dict from the name to `Figures`; empty without a model, or if no row
        has a label.
    """
    is_labelled = rows[task] != MISSING_LABEL
    if not (probabilities and is_labelled.any()):
        return {}
    truth = rows[task][is_labelled]
    probabilities = {
        name: values[is_labelled] for name, values in probabilities.items()
    }
    if "flow" not in rows:
        return row_figures(truth, probabilities)
    return flow_figures(
        truth,
        probabilities,
        *(rows[name][is_labelled] for name in ("flow", "timestamp", "unit")),
    )


def with_average(probabilities, baselines):
    """Adds the mean answer of the model, forest and boosted trees.

    Args:
        probabilities: float array `(rows, classes)` of the model.
        baselines: dict from the name of a baseline to such an array.

    Returns:
        dict from name to array: `MODEL`, the baselines, `AVERAGED`.
    """
    answers = [probabilities, *(baselines[name] for name in TREES)]
    return {
        MODEL: probabilities,
        **baselines,
        AVERAGED: np.mean(answers, axis=0),
    }


def compare(figures, validation):
    """Sets a model beside the best baseline, and its average beside trees.

    The best one is that of the highest `fw16` (of records the highest
    `macro_f1`) on the validation part.

    Args:
        figures: dict from name to `Figures`, of what `with_average` gives.
        validation: dict from the name of each baseline to its `Figures` on
            the validation part.

    Returns:
        dict that `json` can write: `baselines`, `best_baseline`,
        `against_best_baseline`, `averaged` and `averaged_against_trees`; what
        stands against another one has `difference` and `interval` of the
        figure that chooses and of the log loss.
    """
    [figure] = {headline(one.values) for one in validation.values()}
    best = max(validation, key=lambda name: validation[name].values[figure])

    def against(name, other):
        return {
            key: figures[name].better_than(figures[other], key)
            for key in (figure, "log_loss")
        }

    return {
        "baselines": {
            name: {
                **figures[name].as_json(),
                f"validation_{figure}": own.values[figure],
            }
            for name, own in validation.items()
        },
        "best_baseline": best,
        "against_best_baseline": against(MODEL, best),
        "averaged": figures[AVERAGED].as_json(),
        "averaged_against_trees": against(AVERAGED, TREES_NAME),
    }


def headline(figures):
    """Names the figure that one looks at first.

    Args:
        figures: dict, the keys of which are names of figures.

    Returns:
        str. `fw16` where there are flows, else `macro_f1`.
    """
    return "fw16" if "fw16" in figures else "macro_f1"
