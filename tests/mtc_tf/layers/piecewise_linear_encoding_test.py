import keras
import numpy as np
import pytest
from keras.ops import convert_to_numpy

from mtc_tf.layers.piecewise_linear_encoding import PiecewiseLinearEncoding


def _adapted(values, num_bins, **kwargs):
    values = np.asarray(values, "float32")
    layer = PiecewiseLinearEncoding(num_bins, **kwargs)
    layer.build((None, values.shape[1]))
    return layer, layer.adapt(values)


def _encode(layer, values):
    return convert_to_numpy(layer(np.array(values, "float32")))


def test_values_worked_out_by_hand():
    # Quantiles 0, 10, 20 and 0, 2, 4.
    layer, constant = _adapted([[0, 0], [10, 2], [20, 4]], num_bins=2)
    assert not constant.any()
    np.testing.assert_allclose(
        _encode(layer, [[5, 3], [10, 0], [-7, 99], [19, 4]]),
        [
            [0.5, 0, 1, 0.5],
            [1, 0, 0, 0],
            [0, 0, 1, 1],
            [1, 0.9, 1, 1],
        ],
        atol=1e-6,
    )


def test_equal_quantiles_are_one_edge():
    # Quartiles 1, 1, 1, 5, 9: the bins are 1 to 5 and 5 to 9.
    values = [[1]] * 6 + [[5]] * 2 + [[9]]
    layer, constant = _adapted(values, num_bins=4)
    assert not constant.any()
    np.testing.assert_allclose(
        _encode(layer, [[0], [3], [6], [10]]),
        [[0, 0, 0, 0], [0.5, 0, 0, 0], [1, 0.25, 0, 0], [1, 1, 0, 0]],
    )


def test_constant_features_are_zeros():
    layer, constant = _adapted([[7, 1], [7, 2], [7, 3]], num_bins=2)
    np.testing.assert_array_equal(constant, [True, False])
    encoded = _encode(layer, [[7, 1], [8, 3], [1e9, 2]])
    np.testing.assert_array_equal(encoded[:, :2], 0)
    np.testing.assert_array_equal(encoded[:, 2:], [[0, 0], [1, 1], [1, 0]])


def test_a_single_row_makes_all_features_constant():
    layer, constant = _adapted([[7, 1]], num_bins=3)
    assert constant.all()
    np.testing.assert_array_equal(_encode(layer, [[9, 9]]), np.zeros((1, 6)))


def test_rare_values_are_within_the_bins():
    # One row of 1000 has another value, far beyond what a bin holds.
    values = np.zeros((1000, 1))
    values[3] = 50
    layer, constant = _adapted(values, num_bins=4)
    assert not constant.any()
    np.testing.assert_allclose(_encode(layer, [[25]])[0, 0], 0.5)


def test_before_adapt_everything_is_zero():
    layer = PiecewiseLinearEncoding(3)
    np.testing.assert_array_equal(_encode(layer, [[5, -5]]), np.zeros((1, 6)))


def test_adapt_again_forgets_the_bins_of_before():
    layer, _ = _adapted(np.arange(9.0)[:, None], num_bins=4)
    layer.adapt(np.array([[0.0], [10.0]] * 3))
    again, _ = _adapted([[0.0], [10.0]] * 3, num_bins=4)
    for received, expected in zip(
        layer.get_weights(), again.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(received, expected)


def test_mixed_precision_does_not_round_the_values():
    values = [[1000], [1001], [1002], [1003]]
    layer, _ = _adapted(values, 3, dtype="mixed_bfloat16")
    encoded = layer(np.array([[1001.5]], "float32"))
    assert keras.backend.standardize_dtype(encoded.dtype) == "bfloat16"
    encoded = convert_to_numpy(keras.ops.cast(encoded, "float32"))
    np.testing.assert_array_equal(encoded, [[1, 0.5, 0]])


def test_bins_are_weights_that_are_saved_and_not_trained(tmp_path):
    inputs = keras.Input((2,))
    layer = PiecewiseLinearEncoding(3)
    model = keras.Model(inputs, layer(inputs))
    assert model.output.shape == (None, 6)
    layer.adapt(np.random.default_rng(0).normal(size=(50, 2)))
    assert model.trainable_weights == []
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    values = np.array([[-0.3, 0.2], [0.9, -2]], "float32")
    np.testing.assert_array_equal(
        convert_to_numpy(loaded(values)), convert_to_numpy(model(values))
    )
    assert loaded.layers[1].get_config() == layer.get_config()


@pytest.mark.parametrize("shape", [(0, 2), (4, 3), (4,)])
def test_values_of_another_shape(shape):
    layer = PiecewiseLinearEncoding(3)
    layer.build((None, 2))
    with pytest.raises(ValueError, match=r"shape \(rows, 2\), one row at"):
        layer.adapt(np.zeros(shape))
