import numpy as np

from mtc_tf.evaluation.baselines.sampling import class_weights
from mtc_tf.evaluation.baselines.sampling import draw_rows


def test_long_flows_give_some_rows_and_short_ones_all():
    flows = np.array([5] * 100 + [3] * 2 + [5] * 100 + [9])
    rows = draw_rows(flows, cap=16)
    assert (np.diff(rows) > 0).all()
    assert np.unique(flows[rows], return_counts=True)[1].tolist() == [2, 16, 1]
    # From all of the flow, not its beginning.
    assert rows[0] < 100 < 102 <= rows[-2]
    assert (draw_rows(flows, cap=16) == rows).all()
    assert (draw_rows(flows, cap=16, seed=1)[:5] != rows[:5]).any()


def test_no_more_rows_than_wanted():
    rows = draw_rows(np.arange(1000), most=100)
    assert len(np.unique(rows)) == 100
    assert 400 < rows.mean() < 600


def test_frequent_classes_count_less():
    weights = class_weights(np.array([4, 4, 4, 4, 7]))
    # 4 rows at 1/2, one at 1: a mean of 3/5.
    np.testing.assert_allclose(weights, np.array([0.5] * 4 + [1]) / 0.6)
    weights = class_weights(np.array([4, 4, 4, 4, 7]), power=1)
    assert weights[:4].sum() == weights[4]
    weights = class_weights(np.array([4, 4, 4, 4, 7]), power=0)
    assert (weights == 1).all()
