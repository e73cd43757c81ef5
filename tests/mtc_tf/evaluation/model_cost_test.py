import json
import os

import pytest

from mtc_tf.evaluation import model_cost
from mtc_tf.runs.run_directory import load_run


def test_the_fastest_answer_counts_and_the_first_one_does_not():
    times = iter([0.0, 0.5, 1.0, 1.25, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5])
    asked = []
    seconds = model_cost.seconds_of(asked.append, "rows", lambda: next(times))
    assert seconds == 0.25
    assert asked == ["rows"] * (1 + model_cost._LEAST_ANSWERS)


def test_fast_answers_are_repeated():
    # Binary fractions: 16 answers fill a second.
    times = iter(number / 16 for number in range(2 * 16))
    asked = []
    seconds = model_cost.seconds_of(asked.append, "rows", lambda: next(times))
    assert (seconds, len(asked)) == (1 / 16, 1 + 16)


def test_model_of_a_run(left_out_run, monkeypatch):
    seen = []

    def seconds_of(answer, rows):
        assert answer(rows)["application"].shape[0] == len(rows)
        seen.append(rows.shape)
        return 0.25

    monkeypatch.setattr(model_cost, "seconds_of", seconds_of)
    run = load_run(left_out_run)
    cost = model_cost.model_cost(run, "test")
    # The part has fewer rows than a batch.
    assert seen == [(128, 1500), (1, 1500)]
    classes = sum(map(len, (run.facts.tasks[task] for task in run.facts.tasks)))
    assert cost.pop("flops") >= 2 * 1500 * classes
    assert cost == {
        "batch": 128,
        "rows_per_second": 512.0,
        "seconds_of_one_row": 0.25,
        "cores": len(os.sched_getaffinity(0)),
        "gpus": 0,
    }


def test_model_of_records(trained_record_run, monkeypatch):
    run = load_run(trained_record_run)
    shapes = []
    monkeypatch.setattr(
        model_cost,
        "seconds_of",
        lambda answer, rows: len(shapes.append(rows.shape) or shapes) / 4,
    )
    cost = model_cost.model_cost(run, "test")
    features = len(run.facts.features)
    assert shapes == [(2048, features), (1, features)]
    assert (cost["rows_per_second"], cost["seconds_of_one_row"]) == (8192, 0.5)


@pytest.mark.parametrize("unit", ["rows_per_second", "seconds_of_one_row"])
def test_it_was_measured_in_the_evaluation(unit, left_out_run):
    assert json.loads((left_out_run / "cost.json").read_text())[unit] > 0
