import keras
import numpy as np
import pytest

from mtc_tf.explanation import answers
from mtc_tf.explanation.answers import answers_of
from mtc_tf.explanation.answers import costs
from mtc_tf.explanation.answers import figure_of
from mtc_tf.explanation.answers import rank_correlations

# Two flows of two rows each, and one of no label.
FACTS = {
    "application": np.array([0, 0, 1, 1, -1]),
    "flow": np.array([7, 7, 8, 8, 9]),
    "timestamp": np.arange(5.0),
    "unit": np.array([7, 7, 8, 8, 9]),
}


def _says(*classes):
    return np.eye(2)[list(classes)]


def test_batches_are_put_together(monkeypatch):
    monkeypatch.setattr(answers, "PACKETS_PER_BATCH", 2)
    told = []
    rows = np.float32([[1], [2], [3]])
    found = answers_of(lambda x: {"a": 2 * x}, rows, told.append)
    np.testing.assert_array_equal(found["a"], [[2], [4], [6]])
    assert told == [2, 1]


def test_costs_by_hand():
    whole = _says(0, 0, 1, 1, 0)
    found = costs(
        FACTS,
        "application",
        whole,
        {
            "nothing": whole,
            "all": _says(1, 1, 0, 0, 0),
            # F1 is 4/5 for class 1 and 2/3 for class 0.
            "one row": _says(0, 1, 1, 1, 0),
        },
    )
    assert figure_of(FACTS, "application", whole)["value"] == 1
    assert found["nothing"] == {"difference": 0, "interval": [0, 0]}
    assert found["all"]["difference"] == 1
    assert found["one row"]["difference"] == pytest.approx(
        1 - (4 / 5 + 2 / 3) / 2
    )


def test_without_labels_there_are_no_costs():
    facts = {**FACTS, "application": np.full(5, -1)}
    whole = _says(0, 0, 1, 1, 0)
    assert figure_of(facts, "application", whole) is None
    assert costs(facts, "application", whole, {"all": whole}) == {}


def test_rank_correlations_go_over_the_fields_of_both():
    fields = {
        "a": {"share": 0.5, "mean": 0.1},
        "b": {"share": 0.3, "mean": 0.2},
        "c": {"share": 0.2, "mean": 0.0},
        "absent fields": {"share": 0.0, "mean": 9.0},
    }

    def correlations(**losses):
        return rank_correlations(
            fields, {name: {"difference": x} for name, x in losses.items()}
        )

    # By what is added one pair of three stands the wrong way round.
    assert correlations(a=0.3, b=0.1, c=-0.1) == {
        "share": pytest.approx(1),
        "mean": pytest.approx(0.5),
    }
    nothing = {"share": None, "mean": None}
    assert correlations(a=0.3, b=0.1) == nothing
    assert correlations(a=0.0, b=0.0, c=0.0) == nothing


def test_rows_are_given_as_tensors():
    found = answers_of(
        lambda x: {"a": keras.ops.sum(x, axis=1, keepdims=True)},
        np.float32([[1, 2]]),
        lambda rows: None,
    )
    assert isinstance(found["a"], np.ndarray)
    assert found["a"].tolist() == [[3]]
