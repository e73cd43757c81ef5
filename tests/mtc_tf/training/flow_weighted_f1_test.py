import numpy as np
import pytest

from mtc_tf.evaluation.flow_figures import flow_figures
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


def test_it_is_the_figure_of_the_evaluation():
    rng = np.random.default_rng(0)
    flows = np.repeat(np.arange(60), rng.integers(1, 40, 60))
    labels = rng.integers(0, 5, 60)[flows]  # class 5 is answered, never true
    probabilities = rng.random((len(flows), 6))
    probabilities[np.arange(len(flows)), labels] += 0.3
    chosen_by = fw16({"a": labels}, {"a": probabilities.argmax(1)}, flows)
    evaluated = flow_figures(
        labels, {"m": probabilities}, flows, np.arange(len(flows)), flows
    )["m"].values
    assert 0.2 < chosen_by["fw16"] < 0.9
    assert chosen_by["fw16"] == pytest.approx(evaluated["fw16"])
