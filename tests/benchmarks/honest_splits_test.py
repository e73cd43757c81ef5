import json
import shutil

import pytest

from benchmarks import honest_splits
from mtc_tf.evaluation.baselines import shallow_models
from mtc_tf.runs.run_directory import load_metrics


def _figures(fw16):
    values = {
        "macro_f1": 0.5,
        "fw16": fw16,
        "vote_10": 0.25,
        "vote": 0.25,
        "log_loss": 1.5,
    }
    return {
        name: {"value": value, "interval": [value - 0.1, value + 0.1]}
        for name, value in values.items()
    }


def _result(fw16, difference, forest=0.5):
    against = {
        name: {
            "difference": difference,
            "interval": [difference - 0.02, difference + 0.02],
        }
        for name in ("fw16", "log_loss")
    }
    return {
        "tasks": {
            "application": {
                "flows": 20,
                "groups": 5,
                "figures": _figures(fw16),
                "baselines": {
                    "forest": {**_figures(forest), "validation_fw16": 0.9}
                },
                "best_baseline": "forest",
                "against_best_baseline": against,
                "averaged": _figures(0.75),
                "averaged_against_trees": against,
            }
        }
    }


def test_runs_are_averaged_and_a_baseline_counts_once_a_split():
    results = {
        "Lite": [
            _result(0.4, -0.1),
            _result(0.5, 0.01),
            _result(0.6, 0.06, forest=0.7),
        ]
    }
    head, forest, lite, averaged = honest_splits.table(
        results, "application"
    ).splitlines()
    assert "fw16" in head
    assert forest.split()[:2] == ["forest", "2"]
    assert "0.600 ± 0.141" in forest
    assert lite.split()[:2] == ["Lite", "3"]
    assert "0.500 ± 0.100" in lite
    assert "best baseline" in lite
    assert "-0.010" in lite
    assert "1 1 1" in lite
    assert averaged.startswith("Lite and trees")
    assert "0.750 ± 0.000" in averaged


def test_what_is_there_is_not_made_again(tmp_path, monkeypatch, capsys):
    for place in ("iscx-flow", "iscx-flow_seed2"):
        workdir = tmp_path / place / "Lite" / "7"
        workdir.mkdir(parents=True)
        (workdir / "metrics.json").write_text(json.dumps(_result(0.5, 0.0)))
    monkeypatch.setattr(
        honest_splits.subprocess, "run", lambda *_, **__: pytest.fail("ran")
    )
    honest_splits.main(
        [
            "--dataset=iscx/flow",
            f"--runs={tmp_path}",
            "--data_dir=nowhere",
            "--split_seeds=0,2",
            "--seeds=7",
            "Lite: --flagfile=lite.flags",
        ]
    )
    assert "split seeds [0, 2]" in capsys.readouterr().out


def test_what_lacks_is_built_trained_and_evaluated(tmp_path, monkeypatch):
    commands, evaluated = [], []

    def run(command, **_):
        commands.append(command[3:])
        return honest_splits.subprocess.CompletedProcess(command, 0)

    def evaluate(workdirs, data_dir):
        evaluated.append((workdirs, data_dir))
        [workdir] = workdirs
        workdir.mkdir(parents=True)
        (workdir / "metrics.json").write_text(json.dumps(_result(0.5, 0.0)))

    monkeypatch.setattr(honest_splits.subprocess, "run", run)
    monkeypatch.setattr(honest_splits, "_evaluate", evaluate)
    honest_splits.main(
        [
            "--dataset=iscx/flow",
            f"--runs={tmp_path}",
            "--data_dir=DATA",
            "--manual_dir=CAPTURES",
            "--split_seeds=2",
            "--seeds=7",
            "Lite: --flagfile=lite.flags --members=4",
        ]
    )
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
        "--members=4",
        "--seed=7",
        "--dataset=iscx/flow_seed2",
        "--data_dir=DATA",
        f"--workdir={workdir}",
    ]
    assert evaluated == [([workdir], "DATA")]


def test_baselines_are_trained_once_a_dataset(
    trained_run, tmp_path, monkeypatch
):
    trained = []
    real = shallow_models.baseline_probabilities

    def baseline_probabilities(*arguments):
        trained.append(arguments)
        return real(*arguments)

    monkeypatch.setattr(
        shallow_models, "baseline_probabilities", baseline_probabilities
    )
    workdirs = [tmp_path / "1", tmp_path / "2"]
    for workdir in workdirs:
        shutil.copytree(trained_run, workdir)
    honest_splits._evaluate(workdirs, None)
    assert len(trained) == 1
    first, second = (load_metrics(x, honest_splits.Result) for x in workdirs)
    assert first == second
    assert "fw16" in honest_splits.table({"MTC": [first]}, "application")


def test_what_fails_ends_the_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(
        honest_splits.subprocess,
        "run",
        lambda command, **_: honest_splits.subprocess.CompletedProcess(
            command, 1
        ),
    )
    with pytest.raises(SystemExit, match="mtc build failed"):
        honest_splits.main(
            [
                "--dataset=iscx/flow",
                f"--runs={tmp_path}",
                "--data_dir=DATA",
                "Lite: --flagfile=lite.flags",
            ]
        )


@pytest.mark.parametrize("model", ["Lite", "a/b: --epochs=1"])
def test_model_without_name_or_flags(model, tmp_path, capsys):
    with pytest.raises(SystemExit):
        honest_splits.main(
            ["--dataset=a/b", f"--runs={tmp_path}", "--data_dir=D", model]
        )
    assert "'NAME: FLAGS'" in capsys.readouterr().err
