import numpy as np
import pytest
from keras.ops import convert_to_numpy

from mtc_tf.layers.cnn_bottleneck import CNNBottleneck
from mtc_tf.testing import check_layer


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
