import numpy as np

from mtc_tf.features.scaler import FITTED_ROWS
from mtc_tf.features.scaler import NUM_QUANTILES
from mtc_tf.features.scaler import fit_scaler


def test_range_is_0_to_1_and_values_beyond_it_stay_there():
    rows = np.arange(50, dtype=np.float32)[:, None]
    scaler = fit_scaler(rows, seed=0)
    np.testing.assert_allclose(
        scaler.transform(rows)[:, 0], np.linspace(0, 1, 50), atol=1e-6
    )
    others = np.array([[-5.0], [24.5], [80.0]], np.float32)
    np.testing.assert_allclose(
        scaler.transform(others)[:, 0], [0, 0.5, 1], atol=1e-6
    )


def test_quantiles_are_numbers_of_float32():
    rows = np.random.default_rng(0).normal(size=(5000, 2)).astype(np.float32)
    quantiles = fit_scaler(rows, seed=0).quantiles_
    assert quantiles.shape == (NUM_QUANTILES, 2)
    np.testing.assert_array_equal(quantiles, quantiles.astype(np.float32))


def test_number_of_rows_that_are_looked_at():
    scaler = fit_scaler(np.zeros((9, 1), np.float32), seed=3)
    assert (scaler.subsample, FITTED_ROWS) == (100_000, 100_000)
    assert (scaler.n_quantiles, scaler.random_state) == (9, 3)
