import numpy as np
import pytest

from mtc_tf.evaluation.baselines.lower_port_lookup import LowerPortLookup

PORTS = np.array([[25], [25], [25], [6667]])
CLASSES = np.array([3, 3, 5, 5])


def test_shares_of_a_port_and_of_all_for_an_unknown_one():
    lookup = LowerPortLookup().fit(PORTS, CLASSES)
    assert lookup.classes_.tolist() == [3, 5]
    np.testing.assert_allclose(
        lookup.predict_proba(np.array([[25], [6667], [1], [9999]])),
        [[2 / 3, 1 / 3], [0, 1], [1 / 2, 1 / 2], [1 / 2, 1 / 2]],
    )


def test_rows_count_by_their_weight():
    lookup = LowerPortLookup().fit(PORTS, CLASSES, sample_weight=[1, 1, 2, 4])
    [[known, _], [unknown, _]] = lookup.predict_proba(np.array([[25], [1]]))
    assert known == pytest.approx(2 / 4)
    assert unknown == pytest.approx(2 / 8)
