import numpy as np

from mtc_tf.features.scaler import FITTED_ROWS
from mtc_tf.features.scaler import NUM_QUANTILES
from mtc_tf.features.scaler import Scaler
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


def test_records_that_are_scaled_come_back():
    # Half of the values are 7: a plateau, whose middle is what 7 becomes.
    values = np.float32([7.0] * 20 + list(range(20, 40)))[:, None]
    fitted = fit_scaler(values, seed=0)
    scaler = Scaler(("a",), fitted.quantiles_.T.tolist())
    rows = fitted.transform(np.float32([[7.0], [20.0], [33.5], [39.0]]))
    records = scaler.unscale(rows)
    assert records.dtype == np.float32
    np.testing.assert_allclose(records[:, 0], [7, 20, 33.5, 39], rtol=1e-5)
    np.testing.assert_allclose(fitted.transform(records), rows, atol=1e-5)
