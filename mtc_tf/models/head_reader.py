"""What the heads of a model read, and what they say before the softmax."""

import re
from typing import NamedTuple

import keras
from keras import ops

from mtc_tf.errors import InputError


class HeadReadings(NamedTuple):
    """What is known of a batch around the heads of one task.

    Args:
        probabilities: dict from task name to tensor `(batch, classes)`, the
            answers of the model.
        features: list of float32 tensors `(batch, channels)`, what the head of
            each member reads.
        logits: list of float32 tensors `(batch, classes)`, what it says.
    """

    probabilities: dict
    features: list
    logits: list


def head_layers(model, task):
    """Returns the heads of one task, one for each member.

    Args:
        model: a Keras model whose heads are those of
            `mtc_tf.models.inputs_and_heads.heads`.
        task: str.

    Returns:
        list of `keras.layers.Dense`, empty if the model has no such task.
    """
    is_head = re.compile(rf"(member\d+_)?{re.escape(task)}").fullmatch
    return [
        layer
        for layer in model.layers
        if isinstance(layer, keras.layers.Dense) and is_head(layer.name)
    ]


def head_reader(model, task):
    """Opens a model in front of the heads of one task.

    Args:
        model: a Keras model whose heads are those of
            `mtc_tf.models.inputs_and_heads.heads`.
        task: str. One of its tasks.

    Returns:
        callable. The model's inputs, a dict of tensors -> `HeadReadings`.

    Raises:
        InputError: if the task has no such head.
    """
    heads = head_layers(model, task)
    if not heads:
        raise InputError(
            f"the model has no head {task!r}: a fully connected layer of this "
            "name, or one for each member"
        )
    opened = keras.Model(
        model.input,
        {"answers": model.output, "features": [head.input for head in heads]},
    )

    def read(inputs):
        found = opened(inputs, training=False)
        # As the heads, also under mixed precision.
        features = [ops.cast(values, "float32") for values in found["features"]]
        logits = [
            ops.matmul(values, head.kernel) + head.bias
            for values, head in zip(features, heads, strict=True)
        ]
        return HeadReadings(found["answers"], features, logits)

    return read
