"""`python -m export`, which is `mtc export`, as a process."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

from mtc_tf.export.variants import FILES

ROOT = pathlib.Path(__file__).resolve().parents[2]


def _export(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "export", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--output=out"], "arguments are required: --workdir"),
        (["--workdir=x"], "arguments are required: --output"),
        (["--workdir=x", "--output=out", "y"], "unrecognized arguments: y"),
        (
            ["--workdir=x", "--output=out", "--max_f1_loss=-1"],
            "expected points from 0 to 100, received '-1'",
        ),
    ],
)
def test_wrong_usage(arguments, message):
    process = _export(*arguments)
    assert process.returncode == 2
    assert message in process.stderr


def test_folder_that_is_no_run(tmp_path):
    process = _export(f"--workdir={tmp_path}", f"--output={tmp_path / 'out'}")
    assert process.returncode == 1
    [line] = process.stderr.splitlines()
    assert line.startswith("mtc: error: ")
    assert "holds no run" in line
    assert os.listdir(tmp_path) == []


def test_paths_are_expanded_and_shown_printably(tmp_path):
    run = tmp_path / "a\x1b[2J\n"
    run.mkdir()
    (run / "run.json").write_text("{")
    (run / "model.keras").touch()
    process = _export(
        f"--workdir=~/{run.name}", "--output=~/out", HOME=str(tmp_path)
    )
    assert process.returncode == 1
    [line] = process.stderr.splitlines()
    assert line.isprintable()
    assert rf"{tmp_path}/a\x1b[2J\n/run.json" in line


def test_artifacts_and_their_differences_are_printed(exported_run):
    printed = (exported_run.parent / "stdout.txt").read_text()
    artefacts = ("saved_model/1", *FILES.values())
    lines = printed.splitlines()
    for name, line in zip(artefacts, lines, strict=False):
        assert line.startswith(f"{exported_run}/{name}: largest difference")
    head, *rows, legend = lines[len(artefacts) :]
    assert head.split()[:3] == ["file", "bytes", "difference"]
    assert [row.split()[0] for row in rows] == list(FILES.values())
    assert "points of macro F1 on" in legend


# Stands in for what takes half a minute; `exported_run` exports in full.
_WITHOUT_TENSORFLOW = """
import runpy, sys, types
from mtc_tf.commands import startup
from mtc_tf.export.parity import ParityError

def export_run(run, output, max_f1_loss):
    if output.name == "full":
        raise OSError(28, "No space left on device")
    if output.name == "differs":
        raise ParityError("model.tflite: a differs")
    if output.name == "never":
        raise KeyboardInterrupt
    (output / "saved_model/1").mkdir(parents=True)
    (output / "saved_model/1/saved_model.pb").write_bytes(b"four")
    (output / "model.tflite").write_bytes(b"three")
    figures = {"median_ms": 1.5, "p99_ms": 2.0, "rows_per_second": 1234.0}
    return types.SimpleNamespace(
        parity={
            "saved_model/1": {"a": 1e-7, "b": 0.0},
            "model.tflite": {"a": 2e-6},
        },
        tflite={"model.tflite": {"bytes": 5, "speed": {"1": figures}}},
        notes=[f"model_int8.tflite is not written: {max_f1_loss:g} points"],
    )

startup.import_tensorflow = lambda: None
sys.modules["mtc_tf.export.artifacts"] = types.SimpleNamespace(
    export_run=export_run
)
runpy.run_module("export", run_name="__main__", alter_sys=True)
"""


def _export_quickly(run, output, *arguments):
    return subprocess.run(
        [
            sys.executable,
            "-c",
            _WITHOUT_TENSORFLOW,
            f"--workdir={run}",
            f"--output={output}",
            *arguments,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


@pytest.fixture
def run(tmp_path):
    content = '{"tasks": {"a": ["x"], "b": ["y"]}, "recipe": "strict"}'
    (tmp_path / "run.json").write_text(content)
    (tmp_path / "model.keras").touch()
    return tmp_path


def test_each_artifact_has_a_line(run, tmp_path):
    out = tmp_path / "out"
    process = _export_quickly(run, out, "--max_f1_loss=0.5")
    assert process.returncode == 0, process.stderr
    what = "largest difference from the Keras model"
    assert process.stdout.splitlines()[:-1] == [
        f"{out}/saved_model/1: {what}: a 1.0e-07, b 0.0e+00",
        f"{out}/model.tflite: {what}: a 2.0e-06",
        "file            bytes    difference    ms/1    p99/1    rows/s/1",
        "model.tflite        5       2.0e-06    1.50     2.00       1,234",
    ]
    note, _ = process.stderr.splitlines()
    assert note == (
        f"mtc: warning: {out}: model_int8.tflite is not written: 0.5 points"
    )
    speed = {"median_ms": 1.5, "p99_ms": 2.0, "rows_per_second": 1234.0}
    assert json.loads((run / "artefacts.json").read_text()) == {
        "saved_model/1": {"bytes": 4, "largest_difference": 1e-7},
        "model.tflite": {
            "bytes": 5,
            "largest_difference": 2e-6,
            "speed": {"1": speed},
        },
    }
    # The run was not evaluated.
    assert not (run / "report.html").exists()


@pytest.mark.slow
def test_run_that_cannot_be_written_is_a_warning(run, tmp_path):
    (run / "artefacts.json").mkdir()
    process = _export_quickly(run, tmp_path / "out")
    assert process.returncode == 0
    *_, line = process.stderr.splitlines()
    assert line.startswith(f"mtc: warning: {run}: ")
    assert "artefacts.json cannot be written" in line


@pytest.mark.parametrize(
    ("output", "status", "line"),
    [
        ("full", 1, "mtc: error: [Errno 28] No space left on device"),
        ("differs", 1, "mtc: error: model.tflite: a differs"),
        ("never", 130, "mtc: interrupted"),
    ],
)
def test_failure_is_one_line(output, status, line, run):
    process = _export_quickly(run, output)
    assert process.returncode == status
    assert process.stderr == f"{line}\n"
