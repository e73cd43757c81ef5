import numpy as np
import pytest
from sklearn.metrics import normalized_mutual_info_score

from mtc_tf.audit.information import normalized_information


@pytest.mark.parametrize(
    "values, labels, expected",
    [
        ([7, 7, 9, 9], [0, 0, 1, 1], 1),
        ([7, 9, 7, 9], [0, 0, 1, 1], 0),
        # 1 bit about a label of 1 bit, by a field of 2 bits: 1 / 1.5.
        ([1, 2, 3, 4], [0, 0, 1, 1], 2 / 3),
        ([1, 1, 1, 1], [0, 0, 1, 1], 0),
    ],
)
def test_worked_out(values, labels, expected):
    found = normalized_information(np.array(values), np.array(labels))
    assert found == pytest.approx(expected, abs=1e-12)


def test_as_scikit_learn_computes_it():
    rng = np.random.default_rng(0)
    labels = rng.integers(4, size=500)
    values = labels * rng.integers(3, size=500) + 0.5
    assert normalized_information(values, labels) == pytest.approx(
        normalized_mutual_info_score(labels, values.astype(int))
    )
