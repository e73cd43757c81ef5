"""What stands around the heads of a model, for each row of a part."""

import numpy as np
import tqdm

from mtc_tf.data.flow_weights import flow_weights
from mtc_tf.data.splits import PARTS
from mtc_tf.data.splits import TRAIN
from mtc_tf.evaluation.class_moments import ClassMoments
from mtc_tf.inference.row_classifier import ROWS_PER_BATCH
from mtc_tf.models.head_reader import head_reader


def part_readings(model, builder, part, task):
    """Reads a part once, and opens a model on it.

    Args:
        model: a Keras model, of rows as the dataset holds them.
        builder: a builder from `mtc_tf.evaluation.run_dataset.open_dataset`.
        part: str. `train`, `validation` or `test`.
        task: str. The task of the heads.

    Yields:
        `HeadReadings` of TensorFlow tensors, batch by batch.
    """
    import tensorflow as tf

    from mtc_tf.data.input_pipeline import model_input
    from mtc_tf.data.input_pipeline import read_part

    read = tf.function(head_reader(model, task), reduce_retracing=True)
    batches = read_part(builder, part, (), ROWS_PER_BATCH[model_input(builder)])
    # None: on a terminal only.
    for inputs, _, _ in tqdm.tqdm(batches, disable=None, leave=False):
        yield read(inputs)


def fit_classes(model, builder, rows, known, task):
    """Finds where the classes of the training part lie.

    Args:
        model: a Keras model.
        builder: a builder from `mtc_tf.evaluation.run_dataset.open_dataset`.
        rows: dict of arrays `(rows,)`, as of `row_facts`, of that part.
        known: bool array `(rows,)`. The rows of the classes that the model was
            trained on.
        task: str. The task of the classes.

    Returns:
        tuple of `mtc_tf.runs.confidence.ClassDistance`, one for each member.
    """
    weights = known.astype(float)
    if "flow" in rows:
        weights[known] = flow_weights(rows["flow"][known])
    # What is not known weighs nothing, in whatever class.
    labels = np.where(known, rows[task], 0)
    moments, start = [], 0
    for readings in part_readings(model, builder, PARTS[TRAIN], task):
        here = slice(start, start + len(readings.features[0]))
        start = here.stop
        if not moments:
            moments = [ClassMoments(labels.max() + 1) for _ in readings.logits]
        for own, values in zip(moments, readings.features, strict=True):
            own.add(values.numpy(), labels[here], weights[here])
    return tuple(own.distance() for own in moments)
