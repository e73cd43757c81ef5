import numpy as np
import pytest

from mtc_tf.evaluation.unknown_figures import detection
from mtc_tf.evaluation.unknown_figures import known_and_unknown
from mtc_tf.evaluation.unknown_figures import quantiles
from mtc_tf.evaluation.unknown_figures import units_of


def _alike(*scores):
    return np.array(scores, float), np.ones(len(scores))


def test_rows_without_label_are_neither():
    known, unknown = known_and_unknown(np.array([0, 1, -1, 2, 1]), left_out=1)
    assert known.tolist() == [True, False, False, True, False]
    assert unknown.tolist() == [False, True, False, False, True]
    known, unknown = known_and_unknown(np.array([0, -1]), left_out=None)
    assert known.tolist() == [True, False]
    assert not unknown.any()


def test_flow_has_the_mean_of_its_rows():
    scores = np.array([1.0, 9.0, 3.0, 5.0])
    chosen = np.array([True, False, True, True])
    units = units_of(scores, chosen, flows=np.array([7, 7, 7, 2]))
    np.testing.assert_array_equal(units["row"], [[1, 3, 5], [1, 1, 1]])
    # Flow 2, then flow 7.
    np.testing.assert_array_equal(units["flow"], [[5, 2], [1, 1]])


def test_long_flow_counts_sixteen_rows():
    units = units_of(
        np.zeros(33), np.ones(33, bool), np.repeat([1, 2], [32, 1])
    )
    _, weights = units["row"]
    assert weights[:32].sum() == pytest.approx(16)
    assert weights[32] == 1


def test_rows_of_no_flow():
    units = units_of(np.array([1.0, 2.0]), np.array([False, True]))
    assert list(units) == ["row"]
    np.testing.assert_array_equal(units["row"], [[2], [1]])


def test_no_row_at_all():
    nothing = units_of(np.ones(2), np.zeros(2, bool), flows=np.array([1, 1]))
    assert [len(scores) for scores, _ in nothing.values()] == [0, 0]


def test_quantiles_by_weight():
    scores, weights = np.array([3.0, 1.0, 2.0]), np.array([1.0, 2.0, 1.0])
    levels = [0, 0.5, 0.51, 0.75, 0.76, 1]
    np.testing.assert_array_equal(
        quantiles(scores, weights, levels), [1, 1, 2, 2, 3, 3]
    )


def test_no_more_than_the_rate_lies_above():
    scores, weights = _alike(*range(100))
    for rate in (0.05, 0.1, 0.5):
        highest = quantiles(scores, weights, 1 - rate)
        assert np.mean(scores > highest) == pytest.approx(rate)


def test_detection_by_hand():
    known, unknown = _alike(1, 2, 3, 4), _alike(2.5, 5)
    # 2.5 is above two of four, 5 above all.
    assert detection(known, unknown, highest=3.0) == {
        "known": 4,
        "unknown": 2,
        "auroc": pytest.approx((2 + 4) / 8),
        "found": 0.5,
        "false_alarms": 0.25,
    }


def test_detection_by_weight():
    known = np.array([1.0, 3.0]), np.array([3.0, 1.0])
    unknown = np.array([2.0, 4.0]), np.array([1.0, 4.0])
    figures = detection(known, unknown, highest=3.5)
    # 2 is above three of four, 4 above all; 4 counts four times as much.
    assert figures["auroc"] == pytest.approx((0.75 + 4) / 5)
    assert figures["found"] == pytest.approx(0.8)
    assert figures["false_alarms"] == 0


def test_score_that_tells_nothing():
    figures = detection(_alike(1, 1), _alike(1), highest=1.0)
    assert figures["auroc"] == 0.5
    assert figures["found"] == figures["false_alarms"] == 0


def test_part_without_unknown_rows():
    figures = detection(_alike(1, 2), _alike(), highest=1.5)
    assert figures["unknown"] == 0
    assert figures["auroc"] is None
    assert figures["found"] is None
    assert figures["false_alarms"] == 0.5
