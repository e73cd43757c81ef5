"""`mtc bench`."""

import json
import shutil
import subprocess

import pytest

from mtc_tf.cli import main
from mtc_tf.commands import bench
from mtc_tf.evaluation.baselines import dataset_baselines
from mtc_tf.evaluation.bench_table import BenchResult
from mtc_tf.evaluation.bench_table import bench_table
from mtc_tf.runs.run_directory import load_metrics

HEAD = "name,dataset,split_seeds,seeds,flags\n"
FIGURE = {"value": 0.5, "interval": [0.25, 0.75]}
AGAINST = {"fw16": {"difference": 0.125, "interval": [0.0625, 0.25]}}
RESULT = {
    "tasks": {
        "application": {
            "figures": {"fw16": FIGURE},
            "baselines": {"forest": {"fw16": FIGURE}},
            "best_baseline": "forest",
            "against_best_baseline": AGAINST,
            "averaged": {"fw16": FIGURE},
            "averaged_against_trees": AGAINST,
        }
    }
}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "bench.csv"
    path.write_text(f"{HEAD}Lite,iscx/flow,0 2,7,--flagfile=lite.flags\n")
    return path


def _write_result(workdir):
    workdir.mkdir(parents=True)
    (workdir / "metrics.json").write_text(json.dumps(RESULT))


@pytest.fixture
def commands(monkeypatch):
    """The commands that were run, none of them really."""
    received = []

    def run(command, **_):
        received.append(command[3:])
        return subprocess.CompletedProcess(command, received.code)

    received = type("Commands", (list,), {"code": 0})()
    monkeypatch.setattr(bench.subprocess, "run", run)
    return received


def test_what_is_there_is_not_made_again(file, commands, tmp_path, capsys):
    for place in ("iscx-flow", "iscx-flow_seed2"):
        _write_result(tmp_path / place / "Lite" / "7")
    assert main(["bench", str(file), f"--runs={tmp_path}"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("iscx/flow, split seeds 0, 2\n\napplication\n")
    assert commands == []


def test_what_lacks_is_built_trained_and_evaluated(
    file, commands, tmp_path, monkeypatch
):
    evaluated = []

    def evaluate(workdirs, data_dir):
        evaluated.append((workdirs, data_dir))
        _write_result(*workdirs)

    monkeypatch.setattr(bench, "evaluate_runs", evaluate)
    _write_result(tmp_path / "iscx-flow" / "Lite" / "7")
    arguments = [
        *(str(file), f"--runs={tmp_path}", "--data_dir=DATA"),
        *("--manual_dir=iscx=CAPTURES", "--manual_dir=other=CSV"),
    ]
    assert main(["bench", *arguments]) == 0
    build, train = commands
    assert build == [
        "build",
        "iscx",
        "--config=flow",
        "--split_seed=2",
        "--data_dir=DATA",
        "--manual_dir=CAPTURES",
    ]
    workdir = tmp_path / "iscx-flow_seed2" / "Lite" / "7"
    assert train == [
        "train",
        "--flagfile=lite.flags",
        "--seed=7",
        "--dataset=iscx/flow_seed2",
        "--data_dir=DATA",
        f"--workdir={workdir}",
    ]
    assert evaluated == [([workdir], "DATA")]


@pytest.mark.parametrize(("code", "status"), [(1, 1), (130, 130)])
def test_what_fails_ends_the_whole(
    code, status, file, commands, tmp_path, capsys
):
    commands.code = code
    assert main(["bench", str(file), f"--runs={tmp_path}"]) == status
    assert len(commands) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    if code == 1:
        assert last == "mtc: error: mtc build failed, see above"
    else:
        assert last == "mtc: interrupted"


def test_folder_of_no_dataset(file, tmp_path, capsys):
    arguments = [str(file), f"--runs={tmp_path}", "--manual_dir=CAPTURES"]
    assert main(["bench", *arguments]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "--manual_dir takes NAME=DIR; received: CAPTURES" in line


@pytest.mark.slow
def test_baselines_are_trained_once_a_dataset(
    trained_run, tmp_path, monkeypatch
):
    trained = []
    real = dataset_baselines.baseline_probabilities

    def baseline_probabilities(*arguments):
        trained.append(arguments)
        return real(*arguments)

    monkeypatch.setattr(
        dataset_baselines, "baseline_probabilities", baseline_probabilities
    )
    workdirs = [tmp_path / "1", tmp_path / "2"]
    for workdir in workdirs:
        shutil.copytree(trained_run, workdir)
    bench.evaluate_runs(workdirs, None)
    assert len(trained) == 1
    first, second = (load_metrics(x, BenchResult) for x in workdirs)
    assert first == second
    # Those of masked rows are others, though of the same dataset.
    info = json.loads((workdirs[1] / "run.json").read_text())
    info["masks"] = ["headers"]
    (workdirs[1] / "run.json").write_text(json.dumps(info))
    bench.evaluate_runs(workdirs, None)
    assert len(trained) == 3
    assert "fw16" in bench_table({"MTC": [first]}, "application")
