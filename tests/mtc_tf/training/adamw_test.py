import keras
import numpy as np
import pytest

from mtc_tf.training.adamw import AdamW

RATE, DECAY = 0.1, 0.5


def _model():
    x = keras.Input((2, 3))
    y = keras.layers.Dense(4, name="dense")(x)
    y = keras.layers.LayerNormalization(name="norm")(y)
    y = keras.layers.MultiHeadAttention(2, 2, name="attention")(y, y)
    table = keras.layers.Embedding(2, 4, name="position_table")
    y = y + table(keras.ops.arange(2))
    return keras.Model(x, y)


def _decayed(optimizer, model):
    """The weights that a step without gradient changes."""
    before = [w.numpy() + 1 for w in model.trainable_variables]
    for variable, value in zip(model.trainable_variables, before, strict=True):
        variable.assign(value)
    optimizer.apply(
        [keras.ops.zeros(w.shape) for w in model.trainable_variables],
        model.trainable_variables,
    )
    changed = set()
    for variable, value in zip(model.trainable_variables, before, strict=True):
        if not np.array_equal(variable.numpy(), value):
            # The decay is a share of the rate.
            np.testing.assert_allclose(
                variable.numpy(), value * (1 - RATE * DECAY), rtol=1e-5
            )
            changed.add(variable.path)
    return changed


@pytest.mark.parametrize("is_restored", [False, True])
def test_kernels_decay_and_nothing_else(is_restored):
    model = _model()
    optimizer = AdamW(learning_rate=RATE, weight_decay=DECAY)
    if is_restored:
        optimizer.build(model.trainable_variables)
        optimizer = keras.optimizers.deserialize(
            keras.optimizers.serialize(optimizer)
        )
    assert isinstance(optimizer, AdamW)
    kernels = {w.path for w in model.trainable_variables if w.name == "kernel"}
    assert len(kernels) == 5
    assert _decayed(optimizer, model) == kernels
