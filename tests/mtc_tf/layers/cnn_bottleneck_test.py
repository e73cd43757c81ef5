import keras
import numpy as np
import pytest
from keras.ops import convert_to_numpy
from standard_checks import check_layer

from mtc_tf.layers.cnn_bottleneck import CNNBottleneck


def _normal(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


@pytest.mark.parametrize("channels", [3, 8])
def test_standard_checks(channels):
    layer = CNNBottleneck(4, 8, dropout=0.0)
    check_layer(layer, [_normal(2, 6, channels)], ((2, 6, 8), (2, 6, 4)))


def test_standard_checks_with_long_range_features():
    layer = CNNBottleneck(4, 8, dropout=0.0)
    inputs = [_normal(2, 6, 3), _normal(2, 6, 4)]
    check_layer(layer, inputs, ((2, 6, 8), (2, 6, 4)))


def test_residual_is_projected_only_where_the_width_changes():
    same = CNNBottleneck(4, 8)
    same.build((None, 6, 8))
    other = CNNBottleneck(4, 8)
    other.build((None, 6, 3))
    assert same.shortcut is None
    assert other.shortcut.kernel.shape == (3, 8)


def test_values_without_normalisation():
    layer = CNNBottleneck(1, 1, batch_norm=False)
    layer.build((1, 3, 1))
    one = [np.ones((1, 1)), np.zeros(1)]
    layer.reduce.convolution.set_weights(one)
    layer.convolve.convolution.set_weights([np.ones((3, 1, 1)), np.zeros(1)])
    layer.expand.convolution.set_weights(one)
    outputs, local = layer(np.array([[[1.0], [2.0], [3.0]]]))
    # The 1x3 convolution sums neighbours; the edges are padded with zeros.
    np.testing.assert_allclose(convert_to_numpy(local), [[[3.0], [6.0], [5.0]]])
    np.testing.assert_allclose(
        convert_to_numpy(outputs), [[[4.0], [8.0], [8.0]]]
    )


def test_long_range_features_enter_behind_the_first_convolution():
    layer = CNNBottleneck(1, 1, batch_norm=False)
    layer.build((1, 3, 1))
    # The first convolution is silenced, so only the added features remain.
    layer.reduce.convolution.set_weights([np.zeros((1, 1)), np.zeros(1)])
    layer.convolve.convolution.set_weights([np.ones((3, 1, 1)), np.zeros(1)])
    inputs = np.array([[[1.0], [2.0], [3.0]]])
    _, local = layer(inputs, np.array([[[10.0], [0.0], [0.0]]]))
    np.testing.assert_allclose(
        convert_to_numpy(local), [[[10.0], [10.0], [0.0]]]
    )


def test_dropout_follows_each_convolution():
    keras.utils.set_random_seed(0)
    layer = CNNBottleneck(8, 8, dropout=0.5, batch_norm=False)
    inputs = np.zeros((1, 200, 8), "float32")
    layer.build(inputs.shape)
    nothing, ones = np.zeros((8, 8)), np.ones(8)
    middle = np.stack([nothing, np.eye(8), nothing])
    layer.reduce.convolution.set_weights([nothing, ones])
    layer.convolve.convolution.set_weights([middle, 0 * ones])
    layer.expand.convolution.set_weights([nothing, ones])
    outputs, local = layer(inputs, training=True)
    # Ones that are kept with 1/2, and doubled: once behind the last
    # convolution, twice behind the first two.
    for values, times in ((outputs, 1), (local, 2)):
        kept = convert_to_numpy(values)
        assert abs(np.mean(kept > 0) - 0.5**times) < 0.05
        np.testing.assert_allclose(kept[kept > 0], 2**times)
    for values in layer(inputs, training=False):
        np.testing.assert_allclose(convert_to_numpy(values), 1)
