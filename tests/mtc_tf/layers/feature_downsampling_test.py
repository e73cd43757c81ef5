import keras
import numpy as np
import pytest
from keras.ops import convert_to_numpy
from standard_checks import check_layer

from mtc_tf.layers.feature_downsampling import FeatureDownsampling


def _normal(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def test_standard_checks():
    check_layer(FeatureDownsampling(3, 5), [_normal(2, 6, 4)], (2, 3, 5))


def test_equals_convolution_then_average_pooling():
    layer = FeatureDownsampling(num_tokens=3, hidden_dim=5)
    inputs = _normal(2, 12, 4)
    received = layer(inputs)
    convolution = keras.layers.Conv1D(5, 1)
    convolution.build(inputs.shape)
    kernel, bias = layer.convolution.get_weights()
    convolution.set_weights([kernel[None], bias])
    pooled = keras.layers.AveragePooling1D(4)(convolution(inputs))
    expected = layer.normalization(pooled)
    np.testing.assert_allclose(
        convert_to_numpy(received), convert_to_numpy(expected), atol=1e-5
    )


def test_length_that_tokens_do_not_divide_is_an_error():
    with pytest.raises(ValueError, match="`num_tokens` must divide"):
        FeatureDownsampling(4, 5)(_normal(2, 6, 4))
