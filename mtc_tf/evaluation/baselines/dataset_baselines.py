"""The baselines of a prepared dataset, read with TensorFlow."""

import numpy as np

from mtc_tf.data.splits import PARTS
from mtc_tf.data.splits import TRAIN
from mtc_tf.evaluation.baselines.part_rows import read_rows
from mtc_tf.evaluation.baselines.sampling import CLASS_POWER
from mtc_tf.evaluation.baselines.sampling import draw_rows
from mtc_tf.evaluation.baselines.shallow_models import TREES
from mtc_tf.evaluation.baselines.shallow_models import TREES_NAME
from mtc_tf.evaluation.baselines.shallow_models import shallow_answers


def baseline_probabilities(builder, tasks, parts):
    """Trains the baselines of a dataset and lets them answer parts of it.

    Each task is learned by models of its own. Of a flow at most
    `FLOW_CAP` training rows are drawn, and frequent classes count less.
    Records count alike: their dataset is balanced already.

    Args:
        builder: a builder from `load_builder`.
        tasks: dict from task name to list of class names.
        parts: iterable of str. The parts to answer.

    Returns:
        dict from task name to dict from the baseline's name to dict from part
        to float64 array `(rows, classes)`, rows in their order on disk. A
        task of which training has fewer than two classes has no baselines.
    """
    from mtc_tf.data.input_pipeline import model_input

    train, labels, power = training_rows(builder, tasks)
    answered = {part: read_rows(builder, part) for part in parts}
    result = shallow_answers(
        model_input(builder), train, labels, power, answered, tasks
    )
    for answers in result.values():
        if answers:
            answers[TREES_NAME] = {
                part: np.mean([answers[name][part] for name in TREES], axis=0)
                for part in parts
            }
    return result


def training_rows(builder, tasks):
    """Draws the training rows of the baselines of a dataset.

    Args:
        builder: a builder from `load_builder`.
        tasks: iterable of str. Names of the labels to read.

    Returns:
        tuple of the rows, as of `read_rows`; a dict from task name to int
        array `(rows,)` of labels; and the power of `class_weights`.
    """
    from mtc_tf.data.input_pipeline import read_columns

    part = PARTS[TRAIN]
    has_flows = "flow" in builder.info.features
    columns = read_columns(
        builder, part, [*tasks, "flow"] if has_flows else tasks
    )
    rows = len(next(iter(columns.values())))
    chosen = draw_rows(columns["flow"] if has_flows else np.arange(rows))
    return (
        read_rows(builder, part, chosen),
        {task: columns[task][chosen] for task in tasks},
        CLASS_POWER if has_flows else 0,
    )
