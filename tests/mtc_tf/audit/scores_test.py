import numpy as np
import pytest

from mtc_tf.audit.scores import look_up
from mtc_tf.audit.scores import scores


def test_macro_f1_and_fw16():
    truth = np.array([0, 0, 1, -1])
    answers = np.array([0, 1, 1, 0])
    # Both classes: 2 * 1 / (2 + 1).
    expected = pytest.approx(2 / 3)
    found = scores(truth, answers, 3, np.array([1, 2, 3, 4]))
    assert found == {"macro_f1": expected, "fw16": expected}


def test_a_flow_of_32_packets_counts_as_16():
    truth = np.array([0] * 32 + [1] * 16)
    answers = np.array([0] * 48)
    flows = np.array([1] * 32 + [2] * 16)
    found = scores(truth, answers, 2, flows)
    # F1 of class 0: 2 * 32 / (32 + 48), and 2 * 16 / (16 + 32); of 1 it is 0.
    assert found == {
        "macro_f1": pytest.approx(0.4),
        "fw16": pytest.approx(1 / 3),
    }


def test_records_belong_to_no_flow():
    found = scores(np.array([0, 1]), np.array([0, 1]), 2)
    assert found == {"macro_f1": 1.0}


def test_value_that_training_lacks_is_answered_with_the_majority():
    answers = look_up(
        np.array([5, 5, 6, 7, 8]),
        np.array([2, 2, 1, -1, 2]),
        np.array([6, 5, 7, 9]),
    )
    np.testing.assert_array_equal(answers, [1, 2, 2, 2])


def test_nothing_to_look_up():
    assert look_up(np.array([5]), np.array([-1]), np.array([5])) is None
