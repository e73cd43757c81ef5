import json
import os
import re

import numpy as np
import pytest

from mtc_tf.cli import main
from mtc_tf.evaluation.metrics import classification_metrics


def _run(folder, name, model, tasks=("attack",)):
    workdir = folder / name
    workdir.mkdir()
    figures = classification_metrics(
        np.array([0, 0, 1]), np.eye(3)[[0, 1, 1]], ["Calm", "Storm", "Hail"]
    )
    content = {
        "dataset": {"name": "weather", "config": "flow"},
        "model": model,
        "tasks": dict.fromkeys(tasks, figures),
    }
    (workdir / "metrics.json").write_text(json.dumps(content))
    return str(workdir)


def test_picture_names_tasks_classes_and_runs(tmp_path, capsys):
    output = tmp_path / "figure.svg"
    runs = [
        _run(tmp_path, "a", "MTC"),
        _run(tmp_path, "b", "Multi-task 1D-CNN"),
    ]
    assert main(["figure", f"--output={output}", *runs]) == 0
    assert capsys.readouterr().out == f"written to {output}\n"
    picture = output.read_text()
    for text in (
        "attack: F1",
        "attack: recall",
        "Calm",
        "Storm",
        "MTC, weather/flow",
        "Multi-task 1D-CNN, weather/flow",
    ):
        assert f"<!-- {text} -->" in picture
    # It has no row in the test part.
    assert "Hail" not in picture


def test_runs_of_one_name_are_told_apart(tmp_path):
    runs = [_run(tmp_path, name, "MTC") for name in ("a", "b")]
    output = tmp_path / "figure.svg"
    main(["figure", f"--output={output}", *runs])
    for workdir in runs:
        assert f"MTC, weather/flow, {workdir}" in output.read_text()


def test_names_that_are_no_formulas_and_no_commands(tmp_path, capsys):
    run = tmp_path / _run(tmp_path, "a", r"$\nonsense$")
    content = (run / "metrics.json").read_text()
    content = content.replace("Calm", r"$\\calm$").replace("Storm", r"S\u001b")
    (run / "metrics.json").write_text(content)
    output = tmp_path / "figure.svg"
    assert main(["figure", f"--output={output}", str(run)]) == 0
    picture = output.read_text()
    for text in (r"$\nonsense$, weather/flow", r"$\calm$", r"S\x1b"):
        assert f"<!-- {text} -->" in picture.replace(r"\$", "$")
    assert "\x1b" not in picture


def test_png_by_its_suffix(tmp_path):
    output = tmp_path / "figure.png"
    main(["figure", f"--output={output}", _run(tmp_path, "a", "MTC")])
    assert output.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("name", "message"),
    [("x.doc", "--output=.*x.doc: "), ("x.png", "no task in common")],
)
def test_what_cannot_be_drawn(name, message, tmp_path, capsys):
    runs = [_run(tmp_path, "a", "MTC")]
    if name == "x.png":
        runs.append(_run(tmp_path, "b", "MTC", tasks=("application",)))
    assert main(["figure", f"--output={tmp_path / name}", *runs]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert re.match(f"mtc: error: .*{message}", line)


def test_run_that_was_not_evaluated(tmp_path, capsys):
    assert main(["figure", "--output=x.png", str(tmp_path)]) == 1
    assert "holds no figures" in capsys.readouterr().err


def test_failure_leaves_the_old_picture(tmp_path, monkeypatch, capsys):
    def fail(self, file, dpi):
        file.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", fail)
    output = tmp_path / "figure.png"
    output.write_text("old")
    run = _run(tmp_path, "a", "MTC")
    assert main(["figure", f"--output={output}", run]) == 1
    assert capsys.readouterr().err == (
        f"mtc: error: {output} cannot be written: No space left on device\n"
    )
    assert output.read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["a", "figure.png"]
