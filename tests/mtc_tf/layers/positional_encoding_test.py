import keras
import numpy as np
import pytest
from standard_checks import check_layer

from mtc_tf.layers.positional_encoding import PositionalEncoding


@pytest.mark.parametrize("hidden_dim", [4, 7])
def test_standard_checks(hidden_dim):
    rng = np.random.default_rng(0)
    tokens = rng.normal(size=(2, 3, hidden_dim)).astype("float32")
    check_layer(PositionalEncoding(), [tokens], (2, 3, hidden_dim))


def test_values_of_an_even_size():
    # d = 4: the angles are pos * 1 and pos * 10000^(-2/4) = pos / 100.
    encoding = PositionalEncoding()(np.zeros((1, 4, 4), "float32"))
    np.testing.assert_allclose(
        encoding[0],
        [
            [0.0, 1.0, 0.0, 1.0],
            [0.841471, 0.540302, 0.0099998, 0.99995],
            [0.909297, -0.416147, 0.0199987, 0.9998],
            [0.14112, -0.989992, 0.0299955, 0.99955],
        ],
        atol=1e-6,
    )


def test_values_of_an_odd_size():
    # d = 3: the angles are pos and pos * 10000^(-2/3) = pos / 464.1589; the
    # last cosine has no channel.
    encoding = PositionalEncoding()(np.zeros((1, 2, 3), "float32"))
    np.testing.assert_allclose(
        encoding[0],
        [[0.0, 1.0, 0.0], [0.841471, 0.540302, 0.00215443]],
        atol=1e-6,
    )


def test_it_is_added_to_each_row():
    tokens = np.full((2, 1, 2), 5.0, "float32")
    np.testing.assert_allclose(
        PositionalEncoding()(tokens), [[[5.0, 6.0]], [[5.0, 6.0]]]
    )


def test_it_keeps_the_type_of_its_input():
    layer = PositionalEncoding(dtype="mixed_bfloat16")
    outputs = layer(keras.ops.zeros((1, 2, 4), "bfloat16"))
    assert keras.backend.standardize_dtype(outputs.dtype) == "bfloat16"
