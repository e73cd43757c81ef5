import json

import numpy as np
import pytest

from mtc_tf.errors import InputError
from mtc_tf.evaluation.kept_answers import write_answers
from mtc_tf.evaluation.mcnemar import compare_answers
from mtc_tf.evaluation.mcnemar import mcnemar
from mtc_tf.evaluation.mcnemar import sentence


def test_p_by_hand():
    truth = np.zeros(12, int)
    first = np.array([0, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1])
    second = np.array([0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1])
    found = mcnemar(truth, first, second)
    # One of six, or fewer, on either side: 2 * (1 + 6) / 2 ** 6.
    assert found == {
        "both": 2,
        "first": 1,
        "second": 5,
        "neither": 4,
        "p": pytest.approx(0.21875),
    }


def test_models_that_err_alike_are_level():
    truth = np.array([0, 1])
    assert mcnemar(truth, truth, truth)["p"] == 1


def _write_run(folder, answers, digest="aa", **figures):
    """A run of four flows of class 0, two rows each."""
    folder.mkdir()
    task = {
        "rows": 8,
        "classes": {"x": {}, "y": {}},
        "flows": 4,
        "interval_over": "flow",
        **figures,
    }
    content = {
        "part": "test",
        "digests": {"test": digest},
        "tasks": {"application": task, "auxiliary": {"rows": 0}},
    }
    (folder / "metrics.json").write_text(json.dumps(content))
    rows = {
        "application": np.zeros(8, int),
        "flow": np.arange(8) // 2,
        "timestamp": np.arange(8.0),
    }
    probabilities = {"application": np.array(answers, float)}
    write_answers(folder / "answers.npz", rows, probabilities)
    return folder


RIGHT, WRONG = [1.0, 0], [0.2, 0.8]


@pytest.fixture
def runs(tmp_path):
    # Row by row 4 of 8 and 3 of 8; flow by flow 4 of 4, since a right row is
    # the surer one, and 2 of 4.
    return (
        _write_run(tmp_path / "first", [RIGHT, WRONG] * 4),
        _write_run(tmp_path / "second", [*[RIGHT] * 3, *[WRONG] * 5]),
    )


def test_flows_vote_before_they_are_compared(runs):
    found, reason = compare_answers(*runs)
    assert reason == ""
    flows, rows = found
    assert flows == {
        "task": "application",
        "counted": "flows",
        "hint": "",
        "both": 2,
        "first": 2,
        "second": 0,
        "neither": 0,
        "p": pytest.approx(0.5),
    }
    assert (rows["counted"], rows["both"], rows["neither"]) == ("rows", 2, 3)
    assert sentence(flows, "A", "B") == (
        "application, 4 flows by their vote: only A gets 2 right, only B 0; "
        "p = 0.5: these flows cannot tell who is better"
    )
    # Where p is large, it need not be distrusted.
    small = "too small since rows of one flow are not independent"
    assert small not in sentence(rows, "A", "B")
    assert small in sentence(rows | {"p": 0.01}, "A", "B")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "p = 0.01: B wins"),
        (
            {"hint": "flows of one group are not independent"},
            "p = 0.01, too small since flows of one group are not independent: "
            "B wins",
        ),
        (
            {"counted": "rows", "hint": "rows are alike"},
            "p = 0.01, too small since rows are alike: look at the flows",
        ),
    ],
)
def test_who_wins(changed, said):
    found = {
        "task": "application",
        "counted": "flows",
        "hint": "",
        **dict(both=0, first=1, second=9, neither=0, p=0.01),
    }
    assert sentence(found | changed, "A", "B").endswith(said)


def test_groups_are_named(tmp_path):
    run = _write_run(tmp_path / "run", [RIGHT] * 8, interval_over="group")
    found, _ = compare_answers(run, run)
    assert found[0]["hint"] == "flows of one group are not independent"


def test_other_rows_are_not_compared(runs, tmp_path):
    other = _write_run(tmp_path / "other", [RIGHT] * 8, digest="bb")
    found, reason = compare_answers(runs[0], other)
    assert found == []
    assert "on different rows" in reason


def test_other_classes_are_not_compared(runs, tmp_path):
    other = _write_run(tmp_path / "other", [RIGHT] * 8, classes={"x": {}})
    assert compare_answers(runs[0], other)[1].endswith(
        "the labels are not the same"
    )


def test_run_without_answers_is_named(runs):
    (runs[1] / "answers.npz").unlink()
    found, reason = compare_answers(*runs)
    assert found == []
    assert f"of {runs[1]} are missing; run `mtc evaluate" in reason


def test_damaged_answers_are_named(runs):
    (runs[1] / "answers.npz").write_bytes(b"PK")
    with pytest.raises(InputError, match="answers.npz cannot be read"):
        compare_answers(*runs)
