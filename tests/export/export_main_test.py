"""`python -m export`, as a process."""

import os
import pathlib
import subprocess
import sys

import pytest

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
        (["--output=out"], "--workdir must have a value"),
        (["--workdir=x"], "--output must have a value"),
    ],
)
def test_flag_that_is_missing(arguments, message):
    process = _export(*arguments)
    assert process.returncode == 1
    assert message in process.stderr.replace("None", "").replace("Flag ", "")


def test_folder_that_is_no_run(tmp_path):
    process = _export(f"--workdir={tmp_path}", f"--output={tmp_path / 'out'}")
    assert process.returncode == 1
    [line] = process.stderr.splitlines()
    assert line.startswith("export: error: ")
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
    model, tflite = printed.splitlines()
    assert model.startswith(f"{exported_run}/saved_model/1: largest difference")
    assert tflite.startswith(f"{exported_run}/model.tflite: largest difference")
