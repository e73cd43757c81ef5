import keras
import numpy as np
import pytest
from backends import requires_tensorflow
from standard_checks import check_layer

from mtc_tf.layers.self_attention import SelfAttention


def _normal(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


def test_standard_checks():
    check_layer(SelfAttention(2, 3), [_normal(2, 5, 8)], (2, 5, 8))


def test_equation_2_scaled_by_the_root_of_the_head_size():
    layer = SelfAttention(num_heads=1, head_dim=4)
    layer.build((None, 2, 4))
    eye = np.eye(4)
    layer.set_weights([np.tile(eye, 3), np.zeros(12), eye, np.zeros(4)])
    z = np.array([[[1.0, 0, 0, 0], [0, 1.0, 0, 0]]], "float32")
    # Equal tokens score 1 / sqrt(4), different ones 0.
    high = np.exp(0.5) / (np.exp(0.5) + 1)
    expected = [[[high, 1 - high, 0, 0], [1 - high, high, 0, 0]]]
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(layer(z)), expected, atol=1e-6
    )


@pytest.mark.parametrize("num_heads", [1, 3])
@requires_tensorflow
def test_outputs_and_gradients_are_those_of_multi_head_attention(num_heads):
    import tensorflow as tf

    inputs = tf.constant(_normal(2, 5, 8))
    layer = SelfAttention(num_heads, head_dim=2)
    layer.build(inputs.shape)
    layer.set_weights([_normal(*w.shape) for w in layer.weights])
    reference = keras.layers.MultiHeadAttention(num_heads, key_dim=2)
    reference.build(inputs.shape, inputs.shape)
    kernel, bias, output_kernel, output_bias = layer.get_weights()
    reference.set_weights(
        [
            part.reshape(*part.shape[:-1], num_heads, 2)
            for pair in zip(
                np.split(kernel, 3, -1), np.split(bias, 3), strict=True
            )
            for part in pair
        ]
        + [output_kernel.reshape(num_heads, 2, 8), output_bias]
    )

    def outputs_and_gradients(attend, kernel):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = attend(inputs)
            loss = tf.reduce_sum(outputs**3)
        return [outputs, *tape.gradient(loss, [inputs, kernel.value])]

    received = outputs_and_gradients(layer, layer.output_dense.kernel)
    expected = outputs_and_gradients(
        lambda x: reference(x, x), reference._output_dense.kernel
    )
    for mine, theirs in zip(received, expected, strict=True):
        np.testing.assert_allclose(
            mine, np.reshape(theirs, mine.shape), rtol=1e-4, atol=1e-4
        )


def test_softmax_of_close_scores_under_mixed_precision():
    layer = SelfAttention(num_heads=1, head_dim=1, dtype="mixed_bfloat16")
    layer.build((None, 128, 1))
    # Every score is 0, so that each token gets the mean of all values: 64
    # ones among 64 zeros.
    only_value = np.array([[0, 0, 1]])
    layer.set_weights([only_value, np.zeros(3), np.ones((1, 1)), np.zeros(1)])
    tokens = np.arange(128, dtype="float32").reshape(1, 128, 1) % 2
    outputs = keras.ops.cast(layer(tokens), "float32")
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(outputs), 0.5)


def test_standard_checks_with_absent_tokens():
    layer = SelfAttention(2, 3)
    is_present = np.float32([[1, 1, 0, 1, 0], [1, 1, 1, 1, 1]])
    check_layer(layer, [_normal(2, 5, 8), is_present], (2, 5, 8))


def test_no_token_looks_at_an_absent_one():
    layer = SelfAttention(2, 3)
    tokens = _normal(1, 5, 8)
    is_present = np.float32([[1, 1, 1, 0, 0]])
    received = keras.ops.convert_to_numpy(layer(tokens, is_present))
    alone = keras.ops.convert_to_numpy(layer(tokens[:, :3]))
    np.testing.assert_allclose(received[:, :3], alone, atol=1e-6)
    # Whatever stands there.
    tokens[:, 3:] = 7
    again = keras.ops.convert_to_numpy(layer(tokens, is_present))
    np.testing.assert_allclose(again[:, :3], received[:, :3], atol=1e-6)


def test_tokens_that_are_all_absent_give_numbers():
    outputs = SelfAttention(2, 3)(_normal(1, 5, 8), np.zeros((1, 5), "float32"))
    assert np.isfinite(keras.ops.convert_to_numpy(outputs)).all()


def test_scores_are_what_the_values_are_weighed_by():
    layer = SelfAttention(num_heads=1, head_dim=4)
    layer.build((None, 2, 4))
    eye = np.eye(4)
    layer.set_weights([np.tile(eye, 3), np.zeros(12), eye, np.zeros(4)])
    z = np.array([[[1.0, 0, 0, 0], [0, 1.0, 0, 0]]], "float32")
    high = np.exp(0.5) / (np.exp(0.5) + 1)
    scores = keras.ops.convert_to_numpy(layer.scores(z))
    expected = [[[[high, 1 - high], [1 - high, high]]]]
    np.testing.assert_allclose(scores, expected, atol=1e-6)


def test_scores_of_several_heads_give_the_output():
    layer = SelfAttention(num_heads=2, head_dim=3)
    tokens = _normal(2, 5, 8)
    output = layer(tokens)
    _, _, value = layer._heads(tokens)
    mixed = keras.ops.einsum("bhqk,bkhd->bqhd", layer.scores(tokens), value)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(
            layer.output_dense(keras.ops.reshape(mixed, (2, 5, 6)))
        ),
        keras.ops.convert_to_numpy(output),
        atol=1e-5,
    )
