"""`mtc ablate`."""

import json
import shutil

import pytest
from sklearn.ensemble import RandomForestClassifier

from mtc_tf.cli import main
from mtc_tf.evaluation import evaluate as evaluation
from mtc_tf.evaluation.baselines import shallow_models
from mtc_tf.runs.run_directory import load_run
from mtc_tf.runs.run_directory import write_json


@pytest.fixture
def workdir(trained_run, tmp_path):
    shutil.copytree(trained_run, tmp_path / "run")
    return tmp_path / "run"


@pytest.mark.slow
def test_figures_are_printed_and_written(workdir, monkeypatch, capsys):
    baselines = shallow_models.BASELINES["packet"]
    few_trees = (baselines["forest"][0], RandomForestClassifier(2))
    monkeypatch.setitem(baselines, "forest", few_trees)
    metrics = evaluation.evaluate(load_run(workdir), "test", baselines=None)
    write_json(workdir / "metrics.json", metrics)
    assert main(["ablate", f"--workdir={workdir}", "--seed=3"]) == 0
    result = json.loads((workdir / "ablation.json").read_text("utf-8"))
    assert result["seed"] == 3
    out = capsys.readouterr().out
    for task in result["tasks"]:
        assert f"{task}\n{'=' * len(task)}\n95 % intervals by drawing" in out
    page = workdir / "report.html"
    assert out.endswith(
        f"written to {workdir / 'ablation.json'}\nthe page of it: {page}\n"
    )
    assert "What the models rest on" in page.read_text("utf-8")
    # The whole input is what the evaluation had.
    for task, figures in result["tasks"].items():
        whole = figures["models"]["the model"][0]
        assert whole["fw16"]["value"] == pytest.approx(
            metrics["tasks"][task]["figures"]["fw16"]["value"]
        )


def test_records_have_no_bytes(trained_record_run, capsys):
    assert main(["ablate", f"--workdir={trained_record_run}"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "mtc ablate is for models of packets and flows" in line
    assert not (trained_record_run / "ablation.json").exists()


def test_seed_below_zero(workdir, capsys):
    assert main(["ablate", f"--workdir={workdir}", "--seed=-1"]) == 1
    assert "--seed must be 0 or more" in capsys.readouterr().err
