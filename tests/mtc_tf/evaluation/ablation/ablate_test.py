import json

import numpy as np
import pytest

from mtc_tf.evaluation.ablation.ablate import ablate
from mtc_tf.evaluation.ablation.ablate import ablated_figures
from mtc_tf.evaluation.ablation.ablate import answers_to_all
from mtc_tf.evaluation.ablation.ablations import ABLATIONS
from mtc_tf.runs.run_directory import load_run

# Ten packets of UDP with their classes, 0 or 1, as TTL; each a flow.
CLASSES = np.array([0, 1] * 5)
ROWS = np.zeros((10, 60), np.uint8)
ROWS[:, 0], ROWS[:, 9], ROWS[:, 8] = 0x45, 17, CLASSES
INPUTS = {"packet": ROWS, "length": np.full(10, 60)}
COLUMNS = {
    "application": CLASSES,
    "flow": np.arange(10),
    "group": np.arange(10),
    "timestamp": np.zeros(10),
    "unit": np.arange(10),
    "interval_over": "flow",
}


def _by_ttl(inputs):
    """Knows the class by the TTL, and nothing else."""
    return {"application": np.eye(2)[inputs["packet"][:, 8]]}


@pytest.fixture(scope="module")
def answered():
    return answers_to_all(INPUTS, {"by TTL": _by_ttl})


def _step(rows, name, how):
    [row] = [x for x in rows if (x["input"], x["how"]) == (name, how)]
    return row


def test_each_part_is_taken_away_in_both_ways(answered):
    assert len(answered) == 1 + 2 * len(ABLATIONS)
    # All but five have a TTL of 1 already.
    assert _step(answered, "ip.ttl", "zeroed")["changed"] == 0.5
    assert _step(answered, "ip.id", "randomised")["changed"] == 0
    step = _step(answered, "ip.ttl", "zeroed")
    assert step["masks"] == ["ip.ttl"]
    answers = step["answers"]["by TTL"]["application"]
    assert answers.argmax(axis=1).tolist() == [0] * 10


def test_figures_fall_by_what_a_part_was_worth(answered):
    figures = ablated_figures(COLUMNS, "application", answered)
    assert (figures["flows"], figures["groups"]) == (10, 10)
    rows = figures["models"]["by TTL"]
    assert rows[0]["input"] == "whole"
    assert rows[0]["fw16"]["value"] == 1
    assert rows[0]["fw16"]["difference"] is None
    # Always class 0, which five of ten are: F1 of 2/3 and 0.
    for figure in ("macro_f1", "fw16"):
        found = _step(rows, "ip.ttl", "zeroed")[figure]
        assert found["value"] == pytest.approx(1 / 3)
        assert found["difference"] == pytest.approx(1 / 3 - 1)
        low, high = found["interval"]
        # Whoever draws one of class 1 alone gets 1 - 0.
        assert -1 <= low < 1 / 3 - 1 < high <= 0
    for name in ("ip.id", "headers only"):
        for how in ("zeroed", "randomised"):
            found = _step(rows, name, how)["fw16"]
            assert found["difference"] == 0
            assert found["interval"] == [0, 0]
    assert _step(rows, "payload only", "zeroed")["fw16"]["value"] < 0.5


def test_random_value_of_a_field_costs_what_chance_gets_wrong(answered):
    answers = _step(answered, "ip.ttl", "randomised")["answers"]
    given = answers["by TTL"]["application"].argmax(axis=1)
    # As many of each class as before, in other places.
    assert given.sum() == 5
    changed = _step(answered, "ip.ttl", "randomised")["changed"]
    assert changed == np.mean(given != CLASSES) > 0


def test_task_without_labels_is_left_out(answered):
    columns = COLUMNS | {"application": np.full(10, -1)}
    assert ablated_figures(columns, "application", answered) == {}


def test_model_that_lacks_a_task_is_left_out():
    models = {"by TTL": _by_ttl, "nothing": lambda _: {}}
    figures = ablated_figures(
        COLUMNS, "application", answers_to_all(INPUTS, models)
    )
    assert list(figures["models"]) == ["by TTL"]


@pytest.mark.slow
def test_trained_run_beside_a_forest(trained_run, few_trees):
    result = ablate(load_run(trained_run))
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    assert result["part"] == "test"
    for figures in result["tasks"].values():
        assert list(figures["models"]) == ["the model", "forest"]
        for rows in figures["models"].values():
            assert len(rows) == 1 + 2 * len(ABLATIONS)
            # What the recipe has zeroed cannot be missed.
            found = _step(rows, "checksums", "randomised")
            assert found["changed"] == 0
            assert found["fw16"]["difference"] == 0
