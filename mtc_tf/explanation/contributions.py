"""A trained model with a part of it put out of action."""

import keras
import numpy as np

from mtc_tf.explanation.answers import answers_of
from mtc_tf.layers.feature_downsampling import FeatureDownsampling
from mtc_tf.layers.feature_upsampling import FeatureUpsampling

# What each of the two carries.
_DIRECTIONS = {
    FeatureDownsampling: "1D-CNN to Transformer",
    FeatureUpsampling: "Transformer to 1D-CNN",
}


def fusion_cuts(model):
    """Lists the ways to cut the fusion of the branches.

    Args:
        model: `mtc_tf.explanation.opened_model.OpenedModel`.

    Returns:
        dict from a name to the names of the layers whose output it sets to
        zero: each direction in all blocks, both, and each in each block. It is
        empty for a model without fusion.

    Paper: Section 3.3.4.
    """
    found = {
        direction: [
            layer.name
            for layer in model.backbones[0].layers
            if isinstance(layer, kind)
        ]
        for kind, direction in _DIRECTIONS.items()
    }
    if not any(found.values()):
        return {}
    return {
        **found,
        "both directions": [name for names in found.values() for name in names],
        **{
            f"{direction}, {name.split('_')[0]}": [name]
            for direction, names in found.items()
            for name in names
        },
    }


def answers_without_fusion(model, packets, progress):
    """Answers with one direction of the fusion cut.

    Args:
        model: `mtc_tf.explanation.opened_model.OpenedModel`.
        packets: uint8 array `(rows, length)`, one row at least.
        progress: callable. It is told of each batch how many rows it had.

    Returns:
        dict from the names of `fusion_cuts` to dicts from task to float array
        `(rows, classes)`.
    """
    return {
        name: answers_of(model.with_zeros(layers), packets, progress)
        for name, layers in fusion_cuts(model).items()
    }


def answers_without_branch(model, packets, progress):
    """Answers with what the heads read of a branch replaced by its mean.

    Args:
        model: `mtc_tf.explanation.opened_model.OpenedModel`.
        packets: uint8 array `(rows, length)`, one row at least. The mean goes
            over them.
        progress: callable. It is told of each batch how many rows it had.

    Returns:
        dict from the name of a branch to a dict from task to float array
        `(rows, classes)`; empty for a model without branches.
    """
    if not model.pooled:
        return {}
    symbols = [x for tensors in model.pooled.values() for x in tensors]
    pool = keras.Model(model.model.input, symbols)
    heads = keras.Model(symbols, model.model.output)
    [name] = model.model.input

    def features_of(rows):
        # Of a single branch Keras gives no list.
        return dict(enumerate(keras.tree.flatten(pool({name: rows}))))

    pooled = answers_of(features_of, packets, progress)
    result, first = {}, 0
    for branch, tensors in model.pooled.items():
        replaced = range(first, first + len(tensors))
        first += len(tensors)
        features = [
            np.broadcast_to(x.mean(axis=0), x.shape) if i in replaced else x
            for i, x in pooled.items()
        ]
        answers = heads([keras.ops.convert_to_tensor(x) for x in features])
        result[branch] = {
            task: keras.ops.convert_to_numpy(values)
            for task, values in answers.items()
        }
    return result
