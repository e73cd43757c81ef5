import numpy as np
import pytest
from sklearn.metrics import f1_score

from mtc_tf.evaluation import bootstrap


def test_units_are_drawn_whole():
    # Unit 0 has two rows, unit 1 has one: 0, 1 or 2 of each are drawn.
    units = np.array([0, 1, 0])
    columns = np.array([[1, 0], [0, 1], [2, 0]])
    sums = bootstrap.resampled_sums(units, columns)
    assert sums.shape == (1000, 2)
    assert {tuple(row) for row in sums} == {(6, 0), (3, 1), (0, 2)}


def test_resamples_are_the_same_for_all_columns_and_times():
    units = np.random.default_rng(0).integers(50, size=200)
    values = np.random.default_rng(1).random((200, 1))
    both = bootstrap.resampled_sums(units, np.hstack([values, 2 * values]))
    np.testing.assert_allclose(both[:, 1], 2 * both[:, 0])
    again = bootstrap.resampled_sums(units, values)
    np.testing.assert_allclose(again, both[:, :1])
    other = bootstrap.resampled_sums(units, values, seed=1)
    assert not np.allclose(again, other)


def test_blocks_are_no_other_resamples(monkeypatch):
    units, columns = np.arange(20), np.eye(20)
    whole = bootstrap.resampled_sums(units, columns, resamples=10)
    monkeypatch.setattr(bootstrap, "_DRAWS", 60)  # 3 resamples at once
    blocks = bootstrap.resampled_sums(units, columns, resamples=10)
    np.testing.assert_array_equal(blocks, whole)


def test_interval_covers_the_truth_as_often_as_it_says():
    # A figure of 200 units, in each of 200 samples from one source.
    generator = np.random.default_rng(0)
    held = 0
    for _ in range(200):
        hits = generator.random(200) < 0.3
        sums = bootstrap.resampled_sums(
            np.arange(200), hits[:, np.newaxis], resamples=300
        )
        low, high = bootstrap.interval(sums[:, 0] / 200)
        held += low <= 0.3 <= high
    assert 0.89 <= held / 200 <= 0.99


def test_interval_of_nothing():
    assert bootstrap.interval(np.full(3, np.nan)) is None
    assert bootstrap.interval(np.array([np.nan, 1.0])) == [1.0, 1.0]


def test_macro_f1_is_that_of_scikit_learn():
    generator = np.random.default_rng(0)
    truth = generator.integers(3, size=100)
    predicted = generator.integers(4, size=100)  # class 3 has no rows
    weights = generator.random(100)
    confusion = np.zeros((4, 4))
    np.add.at(confusion, (truth, predicted), weights)
    expected = f1_score(
        truth,
        predicted,
        labels=[0, 1, 2],
        average="macro",
        sample_weight=weights,
    )
    both = bootstrap.macro_f1(np.stack([confusion, np.zeros((4, 4))]))
    assert both[0] == pytest.approx(expected)
    assert np.isnan(both[1])
