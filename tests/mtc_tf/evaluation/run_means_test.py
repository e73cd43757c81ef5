import pytest

from mtc_tf.evaluation.run_means import mean_interval


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        # The mean is 0.5, s 0.1, t of two degrees of freedom 4.303.
        ([0.4, 0.5, 0.6], [0.5 - 4.303 * 0.1 / 3**0.5, 0.748]),
        # t of one degree is 12.706.
        ([0.1, 0.3], [0.0, 1.0]),
        ([0.25, 0.25], [0.25, 0.25]),
    ],
)
def test_t_interval_of_the_mean(values, expected):
    assert mean_interval(values) == pytest.approx(expected, abs=5e-4)
