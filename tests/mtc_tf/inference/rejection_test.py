import pytest

from mtc_tf.errors import InputError
from mtc_tf.inference.rejection import highest_score
from mtc_tf.runs.model_facts import ModelFacts


def test_row_and_flow_have_scores_of_their_own():
    facts = ModelFacts(
        {"a": ["x"]}, unknown={"row": [0.0, 1.0, 2.0], "flow": [3.0, 4.0, 5.0]}
    )
    assert highest_score(facts, 0.5, "row") == 1.0
    assert highest_score(facts, 0.5, "flow") == 4.0


def test_model_without_scores():
    with pytest.raises(InputError, match="no score of unknown .* by flow: run"):
        highest_score(ModelFacts({"a": ["x"]}), 0.5, "flow")
