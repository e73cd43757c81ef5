"""What works where nothing of the extras is installed, TensorFlow above all.

Each command runs in a process in which importing those packages fails as if
they were missing.
"""

import json
import pathlib
import shutil
import subprocess
import sys

import numpy as np
import pytest
from classify_notes import without_rate
from model_server import rest_server
from small_captures import DUMMY_DATA
from small_record_tables import DUMMY_DATA as DUMMY_RECORDS

from mtc_tf.cli import main
from mtc_tf.files.shipped import shipped_model
from mtc_tf.inference.stored_model import load_classifier

ROOT = pathlib.Path(__file__).parents[1]
CAPTURE = DUMMY_DATA / "aimchat2.pcap"
TABLE = DUMMY_RECORDS / "Friday-WorkingHours-Morning.pcap_ISCX.csv"
MISSING = (
    *("absl", "google", "grpc", "imblearn", "jax", "keras", "matplotlib"),
    "pyarrow",
    *("scipy", "sklearn", "tensorboard", "tensorflow", "tensorflow_datasets"),
    "torch",
)
# `None` makes `import` raise ModuleNotFoundError, and `find_spec` find nothing.
_MTC = f"""
import sys
sys.modules.update(dict.fromkeys({MISSING}))
from mtc_tf.cli import main
sys.exit(main(sys.argv[1:]))
"""


def _mtc(*arguments):
    return subprocess.run(
        [sys.executable, "-c", _MTC, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


def _printed(*arguments):
    process = _mtc(*arguments)
    assert (process.returncode, without_rate(process.stderr)) == (0, "")
    return process.stdout


@pytest.mark.parametrize("name", ["tensorflow", "tensorflow.io", "absl.app"])
def test_packages_are_really_missing(name):
    code = _MTC.replace("from mtc_tf.cli import main", f"import {name}")
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True
    )
    assert "ModuleNotFoundError" in process.stderr


def test_help():
    printed = _printed("--help")
    for command in ("preprocess", "build", "classify", "evaluate", "figure"):
        assert command in printed
        assert f" {command} [-h]" in _printed(command, "--help")


def test_preprocess(tmp_path):
    _printed("preprocess", CAPTURE, f"--output={tmp_path}/packets.npz")
    with np.load(tmp_path / "packets.npz") as archive:
        assert archive["packets"].shape == (12, 1500)


METRICS = {
    "dataset": {"name": "n", "config": "c"},
    "split": "flow",
    "recipe": "strict",
    "model": "MTC",
    "tasks": {
        "application": {
            "rows": 1,
            "macro": {"f1": 0.5},
            "classes_evaluated": ["a"],
            "classes": {"a": {"f1": 0.5, "recall": 0.5}},
        }
    },
}


def test_compare(tmp_path):
    (tmp_path / "metrics.json").write_text(json.dumps(METRICS))
    assert _printed("compare", tmp_path).rstrip().endswith(" 0.500")


@pytest.mark.parametrize("by", ["packet", "flow"])
@pytest.mark.parametrize("below", ["model.tflite", ""])
def test_packets_are_classified(by, below, exported_run, capsys):
    arguments = ["classify", str(CAPTURE), f"--by={by}", "--format=csv"]
    assert main([*arguments, f"--model={exported_run / 'model.tflite'}"]) == 0
    expected = capsys.readouterr().out
    received = _printed(*arguments, f"--model={exported_run / below}")
    assert received == expected
    assert len(received.splitlines()) == {"packet": 13, "flow": 5}[by]


def test_model_of_the_package_answers():
    process = _mtc("classify", CAPTURE, "--format=csv")
    assert process.returncode == 0
    assert len(process.stdout.splitlines()) == 1 + 4
    [line] = without_rate(process.stderr).splitlines()
    assert line.startswith("mtc: the model of the package")


def test_server_is_asked():
    local = load_classifier(shipped_model() / "model.tflite")
    with rest_server(local) as address:
        description = f"--description={shipped_model()}"
        printed = _printed(
            *("classify", CAPTURE, "--format=csv", f"--model={address}"),
            description,
        )
    assert len(printed.splitlines()) == 1 + 4


def test_grpc_is_an_extra():
    address = "grpc://127.0.0.1:1/mtc"
    process = _mtc("classify", CAPTURE, f"--model={address}")
    assert (process.returncode, process.stdout) == (1, "")
    assert process.stderr == (
        f"mtc: error: {address} needs grpc, which is not installed; "
        "`pip install 'mtc-tf[grpc]'` brings it\n"
    )


def test_records_are_classified(exported_record_run, capsys):
    model = exported_record_run / "model.tflite"
    arguments = ["classify", str(TABLE), f"--model={model}", "--format=csv"]
    assert main(arguments) == 0
    received = _printed(*arguments)
    assert received == capsys.readouterr().out
    assert len(received.splitlines()) == 61


HINT = "`pip install 'mtc-tf[train]'` brings it"


def test_run_directory_needs_tensorflow(trained_run):
    process = _mtc("classify", CAPTURE, f"--model={trained_run}")
    assert (process.returncode, process.stdout) == (1, "")
    assert process.stderr == (
        f"mtc: error: {trained_run}: a run directory needs TensorFlow, which "
        f"is not installed; {HINT}\n"
    )


@pytest.mark.parametrize("below", ["saved_model", "saved_model/1"])
def test_saved_model_needs_tensorflow(below, exported_run):
    process = _mtc("classify", CAPTURE, f"--model={exported_run / below}")
    assert (process.returncode, process.stdout) == (1, "")
    assert process.stderr == (
        f"mtc: error: {exported_run}/saved_model/1: a SavedModel needs "
        f"TensorFlow, which is not installed; {HINT}\n"
    )


@pytest.mark.parametrize(
    ("command", "library", "extra"),
    [
        (["build", "traffic_lab"], "tensorflow_datasets", "train"),
        (["train", "--workdir=x"], "absl", "train"),
        (["evaluate", "--workdir={run}"], "tensorflow", "train"),
        (["table", "4", "--runs=x"], "absl", "train"),
        (["figure", "--output={run}/x.png", "{run}"], "matplotlib", "report"),
        (["export", "--workdir={run}", "--output=x"], "tensorflow", "export"),
    ],
)
def test_commands_of_the_extras(command, library, extra, trained_run, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(trained_run, run)
    (run / "metrics.json").write_text(json.dumps(METRICS))
    process = _mtc(*(word.format(run=run) for word in command))
    assert (process.returncode, process.stdout) == (1, "")
    assert process.stderr == (
        f"mtc: error: `mtc {command[0]}` needs {library}, which is not "
        f"installed; `pip install 'mtc-tf[{extra}]'` brings it\n"
    )
