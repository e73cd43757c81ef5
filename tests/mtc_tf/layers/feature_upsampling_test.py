import numpy as np
import pytest
from keras.ops import convert_to_numpy
from standard_checks import check_layer

from mtc_tf.layers.feature_upsampling import FeatureUpsampling


def _normal(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def test_standard_checks():
    check_layer(FeatureUpsampling(6, 5), [_normal(2, 3, 4)], (2, 6, 5))


@pytest.mark.parametrize("training", [True, False])
def test_equals_convolution_interpolation_then_normalisation(training):
    inputs = _normal(2, 3, 4)
    layer = FeatureUpsampling(length=6, filters=5)
    received = layer(inputs, training=training)
    reference = FeatureUpsampling(length=6, filters=5)
    reference.build(inputs.shape)
    reference.convolution.set_weights(layer.convolution.get_weights())
    repeated = np.repeat(
        convert_to_numpy(reference.convolution(inputs)), 2, axis=1
    )
    expected = reference.normalization(repeated, training=training)
    np.testing.assert_allclose(
        convert_to_numpy(received), convert_to_numpy(expected), atol=1e-5
    )


def test_length_that_is_no_multiple_of_the_tokens_is_an_error():
    with pytest.raises(ValueError, match="`length` must be a multiple"):
        FeatureUpsampling(7, 5)(_normal(2, 3, 4))
