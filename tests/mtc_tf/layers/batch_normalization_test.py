import keras
import numpy as np
import pytest
import tensorflow as tf
from backends import requires_tensorflow

from mtc_tf.layers.batch_normalization import BatchNormalization
from mtc_tf.testing import check_layer


def _normal(*shape, seed=0):
    rng = np.random.default_rng(seed)
    # Mean and spread of its own in each channel.
    return (rng.normal(size=shape) * [1, 2, 3] + [0, 5, -1]).astype("float32")


def _pair():
    """The layer, and Keras's with the same weights."""
    layers = [
        kind(momentum=0.9, epsilon=1e-5)
        for kind in (BatchNormalization, keras.layers.BatchNormalization)
    ]
    for layer in layers:
        layer.build((None, 6, 3))
        layer.set_weights(
            np.array([[1, 2, 3], [0, 1, 2], [3, 4, 5], [1, 2, 3]])
        )
    return layers


def _outputs_and_gradients(layer, inputs, upstream):
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = layer(inputs, training=True)
    return [
        outputs,
        *tape.gradient(
            outputs,
            [inputs, layer.gamma.value, layer.beta.value],
            output_gradients=upstream,
        ),
    ]


def test_standard_checks():
    check_layer(BatchNormalization(), [_normal(4, 6, 3)], (4, 6, 3))


@requires_tensorflow
def test_outputs_and_gradients_are_those_of_keras():
    layer, reference = _pair()
    inputs = tf.constant(_normal(4, 6, 3))
    upstream = tf.constant(_normal(4, 6, 3, seed=1))
    received = _outputs_and_gradients(layer, inputs, upstream)
    expected = _outputs_and_gradients(reference, inputs, upstream)
    for mine, theirs in zip(received, expected, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-4)


def test_moving_statistics_are_those_of_keras():
    layer, reference = _pair()
    for each in (layer, reference):
        each(_normal(4, 6, 3), training=True)
    for mine, theirs in zip(layer.weights, reference.weights, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("trainable", [True, False])
def test_inference_and_frozen_layer_use_the_moving_statistics(trainable):
    layer, reference = _pair()
    layer.trainable = reference.trainable = trainable
    inputs = _normal(4, 6, 3)
    received, expected = (
        keras.ops.convert_to_numpy(each(inputs, training=not trainable))
        for each in (layer, reference)
    )
    np.testing.assert_array_equal(received, expected)
    np.testing.assert_array_equal(
        keras.ops.convert_to_numpy(layer.moving_mean), [3, 4, 5]
    )


def test_a_channel_without_spread_stays_finite():
    layer = BatchNormalization()
    outputs = layer(np.full((2, 6, 3), 0.1, "float32"), training=True)
    outputs = keras.ops.convert_to_numpy(outputs)
    np.testing.assert_allclose(outputs, 0, atol=1e-3)
