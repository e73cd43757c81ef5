import types

import pytest

from benchmarks import growth
from mtc_tf.errors import InputError


def _run(model, config, sessions, score, shallow, tested="a", look_up=None):
    baselines = {"forest": {"fw16": {"value": shallow}}}
    if look_up is not None:
        baselines[growth.LOOK_UP] = {"fw16": {"value": look_up}}
    parts = [{"capture": n, "train": 3, "test": 0} for n in range(sessions)]
    parts += [{"capture": tested, "train": 0, "test": 2}]
    return types.SimpleNamespace(
        workdir=f"RUNS/{model}/{sessions}",
        info={"report": {"captures": parts}},
        metrics={
            "model": model,
            "dataset": {"config": config},
            "tasks": {
                "application": {
                    "figures": {"fw16": {"value": score}},
                    "best_baseline": "forest",
                    "baselines": baselines,
                }
            },
        },
    )


def test_curves_are_by_model_and_training_sessions():
    curves = growth.growth(
        [
            _run("MTC-Series", "capture_series", 80, 0.3, 0.4),
            _run("MTC-Series", "capture_series", 240, 0.5, 0.45),
            _run("MTC-Lite", "capture", 80, 0.2, 0.1, "b", look_up=0.05),
        ]
    )
    assert curves == {
        "application": {
            "MTC-Series": {80: 0.3, 240: 0.5},
            "best shallow model beside MTC-Series": {80: 0.4, 240: 0.45},
            "MTC-Lite": {80: 0.2},
            "best shallow model beside MTC-Lite": {80: 0.1},
            "lower port": {80: 0.05},
        }
    }


def test_runs_that_were_tested_on_other_rows():
    runs = [
        _run("MTC-Series", "capture_series", 80, 0.3, 0.4),
        _run("MTC-Series", "capture_series", 240, 0.5, 0.45, "b"),
    ]
    with pytest.raises(InputError, match="MTC-Series/240 was tested on other"):
        growth.growth(runs)


def test_folder_without_runs(tmp_path, capsys):
    assert growth.main([str(tmp_path)]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "expected folders of evaluated runs, found none" in line


def test_picture(tmp_path, monkeypatch, capsys):
    runs = [
        _run("MTC-Series", "capture_series", 80, 0.3, 0.4),
        _run("MTC-Series", "capture_series", 240, 0.5, 0.45),
    ]
    monkeypatch.setattr(growth, "_workdirs", lambda folders: folders)
    monkeypatch.setattr(growth, "read_runs", lambda workdirs: runs)
    picture = tmp_path / "growth.svg"
    assert growth.main(["RUNS", f"--output={picture}"]) == 0
    assert "application, fw16 by training sessions" in capsys.readouterr().out
    assert picture.read_text().startswith("<?xml")
