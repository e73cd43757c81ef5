import pytest

from mtc_tf.evaluation.flow_figures import VOTES
from mtc_tf.evaluation.page.flow_votes import flow_votes
from mtc_tf.evaluation.page.parts import Estimate
from mtc_tf.evaluation.page.parts import Picture


def _figures(first):
    """Votes that begin at a figure and grow by an eighth."""
    return {
        name: {"value": first + number / 8, "interval": [0.0, 1.0]}
        for number, name in enumerate(VOTES)
    }


FIGURES = {
    "traffic_type": {
        "the model": _figures(0.25),
        "majority": {"macro_f1": {"value": 0.125}},
        "forest (best on validation)": {
            **_figures(0.375),
            "validation_fw16": 0.5,
        },
    }
}


def test_table_has_a_column_for_each_vote():
    _, table = flow_votes(FIGURES).parts
    model, forest = table.rows
    assert list(model) == ["model", *(f"k = {k}" for k in (1, 3, 5, 10, "all"))]
    assert model["k = 3"] == Estimate(0.375, [0.0, 1.0])
    assert forest["model"] == "forest (best on validation)"
    assert forest["k = all"].value == 0.875


def test_picture_has_a_line_for_each_model():
    picture, _ = flow_votes(FIGURES).parts
    assert isinstance(picture, Picture)
    for text in (">the model<", ">forest (best on validation)<", ">all<"):
        assert text in picture.svg


@pytest.mark.parametrize("missing", ["vote_1", "vote_10"])
def test_earlier_versions_have_no_section(missing):
    figures = _figures(0.5)
    del figures[missing]
    assert flow_votes({"application": {"the model": figures}}) is None
