import numpy as np
import pytest

from mtc_tf.training.flow_weighted_f1 import fw16


def test_flow_of_many_packets_counts_sixteen():
    # Flow 0: 64 packets of class 0, half of them right. Flow 1: one of class 0,
    # wrong. Flow 2: 17 of class 2, all right; nothing is of class 1.
    flows = np.repeat([0, 1, 2], [64, 1, 17])
    labels = np.repeat([0, 0, 2], [64, 1, 17])
    answers = labels.copy()
    answers[32:65] = 1
    figures = fw16({"a": labels}, {"a": answers}, flows)
    # Of class 0 8 of 16 + 1: recall 8/17, precision 1.
    expected = (2 * 8 / 17 / (1 + 8 / 17) + 1) / 2
    assert figures == {
        "a_fw16": pytest.approx(expected),
        "fw16": pytest.approx(expected),
    }


def test_rows_without_a_label_and_mean_of_the_tasks():
    flows = np.arange(4)
    figures = fw16(
        {"a": np.array([0, 1, -1, -1]), "b": np.array([0, 1, 0, 1])},
        {"a": np.array([0, 1, 0, 0]), "b": np.array([1, 0, 1, 0])},
        flows,
    )
    assert figures == {"a_fw16": 1.0, "b_fw16": 0.0, "fw16": 0.5}
