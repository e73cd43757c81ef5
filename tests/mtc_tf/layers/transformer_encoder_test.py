import keras
import numpy as np
import pytest
from keras.ops import convert_to_numpy
from standard_checks import check_layer

from mtc_tf.layers.transformer_encoder import TransformerEncoder


def _normal(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


@pytest.mark.parametrize("norm_first", [True, False])
def test_standard_checks(norm_first):
    layer = TransformerEncoder(2, 16, dropout=0.0, norm_first=norm_first)
    check_layer(layer, [_normal(2, 5, 8)], (2, 5, 8))


@pytest.mark.parametrize("norm_first", [True, False])
def test_absent_tokens_leave_the_others_as_they_are(norm_first):
    layer = TransformerEncoder(2, 16, dropout=0.0, norm_first=norm_first)
    tokens, is_present = _normal(1, 5, 8), np.float32([[1, 1, 1, 0, 0]])
    received = convert_to_numpy(layer(tokens, is_present))
    alone = convert_to_numpy(layer(tokens[:, :3]))
    np.testing.assert_allclose(received[:, :3], alone, atol=1e-6)
    assert np.abs(convert_to_numpy(layer(tokens)) - received).max() > 0.01


def test_heads_that_do_not_divide_the_width_are_rounded_down():
    layer = TransformerEncoder(num_heads=6, intermediate_dim=1024)
    layer.build((None, 30, 50))
    # Six heads of eight values, projected from 48 back to 50.
    assert layer.attention.query_key_value.kernel.shape == (50, 3 * 48)
    assert layer.attention.output_dense.kernel.shape == (48, 50)


def test_more_heads_than_values_is_an_error():
    with pytest.raises(ValueError, match="`num_heads` must not exceed"):
        TransformerEncoder(num_heads=9)(_normal(2, 5, 8))


def test_pre_norm_leaves_the_input_when_the_sublayers_are_silent():
    layer = TransformerEncoder(2, 4)
    inputs = _normal(2, 5, 8)
    layer(inputs)
    for sublayer in (layer.attention, layer.project):
        sublayer.set_weights([np.zeros(w.shape) for w in sublayer.weights])
    np.testing.assert_allclose(convert_to_numpy(layer(inputs)), inputs)


def test_post_norm_ends_in_a_normalised_token():
    layer = TransformerEncoder(2, 4, norm_first=False)
    outputs = convert_to_numpy(layer(_normal(2, 5, 8)))
    np.testing.assert_allclose(outputs.mean(axis=-1), 0, atol=1e-5)
    np.testing.assert_allclose(outputs.std(axis=-1), 1, atol=1e-3)


def test_dropout_follows_each_fully_connected_layer():
    keras.utils.set_random_seed(0)
    layer = TransformerEncoder(2, 64, dropout=0.5)
    inputs = np.zeros((1, 100, 8), "float32")
    layer.build(inputs.shape)
    for weights, kernel, bias in (
        (layer.attention.output_dense, 0, 0),
        (layer.expand, 0, 1),  # 64 ones, which the first dropout thins out
        (layer.project, 1 / 64, 0),  # their mean, in each channel
    ):
        weights.set_weights(
            [
                np.full(weight.shape, value)
                for weight, value in zip(
                    weights.weights, (kernel, bias), strict=True
                )
            ]
        )
    still = convert_to_numpy(layer(inputs, training=False))
    np.testing.assert_allclose(still, 1, rtol=1e-6)
    [tokens] = convert_to_numpy(layer(inputs, training=True))
    # The second dropout takes channels of a token away and doubles the others.
    assert 0.4 < np.mean(tokens == 0) < 0.6
    means = tokens.max(axis=1) / 2
    np.testing.assert_allclose(
        tokens[tokens > 0], (2 * means[:, None] * (tokens > 0))[tokens > 0]
    )
    # The first one leaves each token a number of its own of the 64 ones.
    assert 0.05 < np.std(means[means > 0]) < 0.25
    assert abs(np.mean(means[means > 0]) - 1) < 0.1


@pytest.mark.parametrize("norm_first", [True, False])
def test_attention_scores_are_those_of_what_the_attention_sees(norm_first):
    layer = TransformerEncoder(2, 4, norm_first=norm_first)
    tokens = 3 * _normal(2, 5, 8)
    layer(tokens)
    seen = layer.attention_norm(tokens) if norm_first else tokens
    scores = convert_to_numpy(layer.attention_scores(tokens))
    assert scores.shape == (2, 2, 5, 5)
    np.testing.assert_allclose(scores.sum(axis=-1), 1, atol=1e-6)
    np.testing.assert_array_equal(
        scores, convert_to_numpy(layer.attention.scores(seen))
    )
