import keras
import numpy as np
import pytest
from keras.ops import convert_to_numpy

from mtc_tf.models.pretraining import contrastive_divergence
from mtc_tf.models.pretraining import sigmoid
from mtc_tf.models.pretraining import train_autoencoder
from mtc_tf.models.pretraining import train_rbm


def _dense(length, units, activation="relu"):
    layer = keras.layers.Dense(units, activation=activation)
    layer.build((None, length))
    return layer


def _patterns(rows):
    """Rows of two patterns, 1100 and 0011."""
    return np.float32([[1, 1, 0, 0], [0, 0, 1, 1]] * (rows // 2))


@pytest.mark.slow
def test_autoencoder_learns_to_give_the_values_back():
    keras.utils.set_random_seed(0)
    layers = [_dense(4, 3, "tanh"), _dense(3, 1, "tanh")]
    values = _patterns(64)
    arguments = {"batch_size": 16, "learning_rate": 0.05, "seed": 0}
    _, before = train_autoencoder(layers, values, epochs=1, **arguments)
    codes, after = train_autoencoder(layers, values, epochs=20, **arguments)
    # Guessing the mean of each value has the error 0.25.
    assert after < 0.1 < before
    assert abs(codes[0, 0] - codes[1, 0]) > 0.5
    outputs = layers[1](layers[0](values))
    np.testing.assert_allclose(codes, convert_to_numpy(outputs), atol=1e-6)


@pytest.mark.slow
def test_sparsity_makes_the_code_small():
    def mean_code(sparsity):
        keras.utils.set_random_seed(0)
        codes, _ = train_autoencoder(
            [_dense(4, 4)],
            _patterns(64),
            epochs=10,
            batch_size=16,
            learning_rate=0.01,
            seed=0,
            sparsity=sparsity,
        )
        return np.abs(codes).mean()

    assert mean_code(1.0) < mean_code(0.0) / 2


def test_order_of_rows_follows_kerass_seed():
    values = np.linspace(0, 1, 80, dtype="float32").reshape(20, 4)

    def codes(keras_seed):
        layer = _dense(4, 3, "tanh")
        layer.set_weights([np.eye(4, 3), np.zeros(3)])
        keras.utils.set_random_seed(keras_seed)
        return train_autoencoder(
            *([layer], values),
            epochs=2,
            batch_size=4,
            learning_rate=0.1,
            seed=0,
        )[0]

    first = codes(1)
    np.testing.assert_array_equal(codes(1), first)
    assert not np.allclose(codes(2), first, atol=1e-3)


def test_autoencoder_is_trained_in_float32_under_mixed_precision():
    def codes():
        keras.utils.set_random_seed(0)
        return train_autoencoder(
            [_dense(4, 3)],
            _patterns(4),
            epochs=2,
            batch_size=2,
            learning_rate=0.1,
            seed=0,
        )

    expected, expected_error = codes()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        received, error = codes()
    finally:
        keras.config.set_dtype_policy("float32")
    assert received.dtype == "float32"
    np.testing.assert_allclose(received, expected, rtol=1e-6)
    assert error == expected_error


def test_contrastive_divergence_worked_out_by_hand():
    # The biases switch every unit on, whatever is drawn: hidden is 1 for both
    # rows, the visible sample is (1, 1), and its hidden unit is 1 too.
    visible = np.array([[1.0, 0.0], [0.5, 0.0]], "float32")
    directions, made = contrastive_divergence(
        visible,
        kernel=np.zeros((2, 1), "float32"),
        visible_bias=np.full(2, 100.0, "float32"),
        bias=np.full(1, 100.0, "float32"),
        rng=np.random.default_rng(0),
    )
    np.testing.assert_array_equal(made, [[1, 1], [1, 1]])
    # Means of the values, 0.75 and 0, less those of the samples, 1 and 1.
    np.testing.assert_allclose(directions[0], [[-0.25], [-1.0]])
    np.testing.assert_allclose(directions[1], [-0.25, -1.0])
    np.testing.assert_allclose(directions[2], [0.0])


def test_rbm_learns_to_give_the_values_back():
    values = _patterns(64)
    kernel, bias, error = train_rbm(
        values,
        4,
        epochs=60,
        batch_size=8,
        learning_rate=0.1,
        momentum=0.9,
        seed=0,
    )
    assert kernel.shape == (4, 4)
    # Samples of a machine that knows the means alone miss half of the values.
    assert error < 0.1
    codes = sigmoid(values @ kernel + bias)
    assert np.abs(codes[0] - codes[1]).max() > 0.5


def test_sigmoid_of_large_values():
    received = sigmoid(np.array([-1000.0, 0.0, np.log(3.0), 1000.0], "float32"))
    np.testing.assert_allclose(received, [0, 0.5, 0.75, 1], atol=1e-6)
