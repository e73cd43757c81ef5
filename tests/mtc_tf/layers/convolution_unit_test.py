import keras
import numpy as np
import pytest
from backends import requires_tensorflow
from keras.ops import convert_to_numpy
from standard_checks import check_layer

from mtc_tf.layers.convolution_unit import ConvolutionUnit


def _inputs(length=6, channels=3):
    rng = np.random.default_rng(0)
    return rng.normal(size=(4, length, channels)).astype("float32")


@pytest.mark.parametrize("batch_norm", [True, False])
def test_standard_checks(batch_norm):
    layer = ConvolutionUnit(5, 3, dropout=0.0, batch_norm=batch_norm)
    check_layer(layer, [_inputs()], (4, 6, 5))


def test_strides_shorten_the_sequence():
    layer = ConvolutionUnit(5, 2, strides=2)
    assert layer(_inputs()).shape == (4, 3, 5)
    assert layer.compute_output_shape((4, 7, 3)) == (4, 4, 5)


def test_values_without_normalisation():
    layer = ConvolutionUnit(1, 1, batch_norm=False)
    layer.build((1, 3, 1))
    layer.convolution.set_weights([np.full((1, 1), 2.0), np.array([-3.0])])
    outputs = layer(np.array([[[1.0], [2.0], [4.0]]]))
    np.testing.assert_allclose(
        convert_to_numpy(outputs), [[[0.0], [1.0], [5.0]]]
    )


def test_normalisation_removes_mean_and_scale_in_training():
    layer = ConvolutionUnit(1, 1, dropout=0.0)
    layer.build((1, 2, 1))
    layer.convolution.set_weights([np.ones((1, 1))])
    outputs = layer(np.array([[[10.0], [30.0]]]), training=True)
    # Mean 20, standard deviation 10: the values become -1 and 1.
    np.testing.assert_allclose(
        convert_to_numpy(outputs), [[[0.0], [1.0]]], atol=1e-5
    )


@pytest.mark.parametrize(("mean", "deviation"), [(1000, 0.5), (-3e4, 2)])
def test_statistics_of_values_far_from_zero(mean, deviation):
    rng = np.random.default_rng(0)
    values = rng.normal(mean, deviation, (8, 50, 1)).astype("float32")
    layer = ConvolutionUnit(1, 1, dropout=0.0)
    layer.build(values.shape)
    layer.convolution.set_weights([np.ones((1, 1))])
    outputs = convert_to_numpy(layer(values, training=True))
    exact = values.astype("float64")
    expected = np.maximum((exact - exact.mean()) / exact.std(), 0)
    # float32 holds -30000 to 0.002.
    np.testing.assert_allclose(outputs, expected, atol=5e-3)
    _check_moving_statistics(layer, exact.mean(), exact.var())


def test_statistics_are_taken_in_float32_under_mixed_precision():
    layer = ConvolutionUnit(1, 1, dropout=0.0, dtype="mixed_bfloat16")
    # Whole numbers, which bfloat16 holds; it does not hold their mean.
    values = np.arange(100, 228, dtype="float32").reshape(2, 64, 1)
    layer.build(values.shape)
    layer.convolution.set_weights([np.ones((1, 1))])
    outputs = layer(values, training=True)
    assert keras.backend.standardize_dtype(outputs.dtype) == "bfloat16"
    expected = np.maximum((values - values.mean()) / values.std(), 0)
    np.testing.assert_allclose(
        convert_to_numpy(keras.ops.cast(outputs, "float32")),
        expected,
        atol=1e-2,
    )
    _check_moving_statistics(layer, values.mean(), values.var())


def _check_moving_statistics(layer, mean, variance):
    """A tenth of the first batch, nine tenths of what they began with."""
    normalization = layer.normalization
    np.testing.assert_allclose(
        convert_to_numpy(normalization.moving_mean), [mean / 10], rtol=1e-5
    )
    np.testing.assert_allclose(
        convert_to_numpy(normalization.moving_variance),
        [0.9 + variance / 10],
        rtol=1e-3,
    )


def test_dropout_acts_in_training_only():
    layer = ConvolutionUnit(64, 1, dropout=0.5, batch_norm=False)
    inputs = np.ones((1, 100, 1), "float32")
    still = convert_to_numpy(layer(inputs, training=False))
    dropped = convert_to_numpy(layer(inputs, training=True))
    alive = still > 0
    share = np.mean(dropped[alive] == 0)
    assert 0.45 < share < 0.55
    np.testing.assert_allclose(
        dropped[dropped > 0], 2 * still[dropped > 0], rtol=1e-5
    )


@requires_tensorflow
def test_kernel_of_one_position_gives_what_a_convolution_gives():
    import tensorflow as tf

    layer = ConvolutionUnit(5, 1, dropout=0.0, batch_norm=False)
    inputs = tf.constant(_inputs())
    layer.build(inputs.shape)
    convolution = keras.layers.Conv1D(5, 1, activation="relu")
    convolution.build(inputs.shape)
    kernel, bias = layer.convolution.get_weights()
    convolution.set_weights([kernel[None], bias])
    received = _outputs_and_gradients(layer, layer.convolution.kernel, inputs)
    expected = _outputs_and_gradients(convolution, convolution.kernel, inputs)
    for mine, theirs in zip(received, expected, strict=True):
        np.testing.assert_allclose(
            mine, np.reshape(theirs, mine.shape), rtol=1e-5, atol=1e-6
        )


def _outputs_and_gradients(layer, kernel, inputs):
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = layer(inputs)
        loss = tf.reduce_sum(outputs**2)
    return [outputs, *tape.gradient(loss, [inputs, kernel.value])]
