import keras
import numpy as np
import pytest

from mtc_tf.features.scaler import fit_scaler
from mtc_tf.layers.quantile_scaling import QuantileScaling


def test_values_worked_out_by_hand():
    layer = QuantileScaling(
        [
            [0, 0, 10, 10, 10, 20, 40],
            [1, 2, 3, 4, 5, 6, 7],
            [0, 1, 2, 3, 9, 9, 9],
        ]
    )
    values = [
        # Below all, on the smallest, on ties, between, on the largest, above.
        ([-1, 0, 5, 10, 15, 20, 30, 40, 50], 0),
        ([0, 1, 1.5, 2, 6.25, 6.5, 7, 8, 1e9], 1),
        # Several times the largest, which is the end of the range.
        ([0, 1, 1.5, 2, 3, 6, 8.5, 9, 10], 2),
    ]
    rows = np.array([row for row, _ in values], np.float32).T
    received = np.array(layer(rows))
    np.testing.assert_allclose(
        received[:, 0] * 6, [0, 0, 1.5, 3, 4.5, 5, 5.5, 6, 6], atol=1e-6
    )
    np.testing.assert_allclose(
        received[:, 1] * 6, [0, 0, 0.5, 1, 5.25, 5.5, 6, 6, 6], atol=1e-6
    )
    np.testing.assert_allclose(
        received[:, 2] * 6,
        [0, 1, 1.5, 2, 3, 3.5, 3 + 5.5 / 6, 6, 6],
        atol=1e-6,
    )


@pytest.mark.parametrize("rows", [2, 3, 999, 1000, 5000])
def test_it_computes_what_scikit_learn_computes(rows):
    rng = np.random.default_rng(rows)
    fitted = np.stack(
        [
            rng.integers(0, 5, rows),
            rng.normal(size=rows),
            rng.exponential(1e8, rows),
            np.zeros(rows),
            rng.integers(0, 65536, rows),
            rng.random(rows) < 0.01,
        ],
        axis=1,
    ).astype(np.float32)
    scaler = fit_scaler(fitted, seed=0)
    others = np.concatenate([fitted, fitted * 1.01, fitted - 1, -fitted * 1e6])
    layer = QuantileScaling(scaler.quantiles_.T.tolist())
    np.testing.assert_allclose(
        layer(others), scaler.transform(others), atol=1e-6
    )


def test_mixed_precision_does_not_round_the_features():
    quantiles = [[0, 1000, 1001, 1002]]
    rows = np.array([[1000.5], [1001.25]], np.float32)
    layer = QuantileScaling(quantiles, dtype="mixed_bfloat16")
    received = keras.ops.convert_to_numpy(layer(rows))
    np.testing.assert_allclose(received, [[1.5 / 3], [2.25 / 3]], rtol=1e-6)


def test_save_and_load(tmp_path):
    inputs = keras.Input((2,))
    model = keras.Model(inputs, QuantileScaling([[0, 1, 3], [5, 5, 6]])(inputs))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    rows = np.array([[2, 5], [0.5, 5.5]], np.float32)
    np.testing.assert_array_equal(loaded(rows), model(rows))
    assert model.trainable_weights == []


@pytest.mark.parametrize("quantiles", [[1, 2, 3], [[1], [2]]])
def test_quantiles_of_no_use(quantiles):
    with pytest.raises(ValueError, match="`quantiles` must have a row for"):
        QuantileScaling(quantiles)


def test_number_of_features():
    with pytest.raises(ValueError, match="2 rows, input shape=.*3"):
        QuantileScaling([[0, 1], [0, 1]])(np.zeros((1, 3), np.float32))
