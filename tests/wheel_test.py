"""The wheel in an environment that holds nothing of the checkout.

The libraries are those of the environment that runs the tests: a `.pth` file
names their folder, in which the `.pth` file of an editable install has no
effect.
"""

import csv
import itertools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile

import numpy as np
import pytest
from small_captures import DUMMY_DATA

from mtc_tf.cli import main

ROOT = pathlib.Path(__file__).parents[1]
CAPTURE = DUMMY_DATA / "aimchat2.pcap"
COMMANDS = (
    *("preprocess", "build", "audit", "arrays", "train", "evaluate"),
    *("ablate", "explain", "compare", "bench", "table", "figure"),
    *("export", "classify", "annotate", "load-test"),
)
OUTSIDE = ("train", "export", "benchmarks", "lab", "cicids2017")


@pytest.fixture(scope="session")
def environment(tmp_path_factory):
    """An environment into which the wheel was installed; its `bin`."""
    folder = tmp_path_factory.mktemp("wheel")
    # A build leaves files in the folder of the sources.
    shutil.copytree(ROOT, folder / "sources", ignore=_is_no_source)
    pip = [sys.executable, "-m", "pip"]
    _run(
        *(*pip, "wheel", "--quiet", "--no-deps", "--no-build-isolation"),
        *(f"--wheel-dir={folder}", folder / "sources"),
    )
    [wheel] = folder.glob("*.whl")
    venv.create(folder / "venv")
    python = folder / "venv/bin/python"
    _run(
        *(*pip, f"--python={python}", "install", "--quiet", "--no-deps"),
        *("--no-index", wheel),
    )
    [site_packages] = (folder / "venv").glob("lib/python*/site-packages")
    libraries = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site_packages / "libraries.pth").write_text("\n".join(libraries))
    return folder / "venv/bin"


def test_model_of_the_package(environment, tmp_path):
    [wheel] = environment.parents[1].glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        sizes = {
            pathlib.PurePath(file.filename).name: file.compress_size
            for file in archive.infolist()
            if "/shipped_model/" in file.filename
        }
    assert set(sizes) == {
        *("model.tflite", "model.keras", "mtc.json", "README.md")
    }
    assert sum(sizes.values()) < 3e6
    answers = _run(
        *(environment / "mtc", "classify", CAPTURE, "--format=csv"),
        cwd=tmp_path,
    )
    assert len(answers.splitlines()) == 1 + 4


def _is_no_source(folder, names):
    """The names in a folder that no wheel is built from."""
    if pathlib.Path(folder) != ROOT:
        return {"__pycache__"}
    kept = ("README.md", "LICENSE", "pyproject.toml", "mtc_tf", "configs")
    return set(names).difference(kept, ["datasets", "export", "lab"])


def _run(*command, cwd=None):
    """Runs a command without what would lead it to the checkout."""
    names = ("PYTHONPATH", "VIRTUAL_ENV")
    process = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env={k: v for k, v in os.environ.items() if k not in names},
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


def test_wheel_holds_the_package_alone(environment, tmp_path):
    code = (
        "import importlib.util, json, mtc_tf\n"
        f"missing = [importlib.util.find_spec(x) is None for x in {OUTSIDE}]\n"
        "print(json.dumps([mtc_tf.__file__, *missing]))"
    )
    origin, *are_missing = json.loads(
        _run(environment / "python", "-c", code, cwd=tmp_path)
    )
    assert environment.parent in pathlib.Path(origin).parents
    assert are_missing == [True] * len(OUTSIDE)


def test_every_command_explains_itself(environment, tmp_path):
    listed = _run(environment / "mtc", "--help", cwd=tmp_path)
    assert re.findall(r"^    ([\w-]+)", listed, re.M) == list(COMMANDS)
    # In one process, since each would import pandas.
    code = (
        "from mtc_tf.cli import main\n"
        f"for command in {COMMANDS}:\n"
        "    try:\n"
        "        print(main([command, '--help']))\n"
        "    except SystemExit as end:\n"
        "        print(end.code)\n"
    )
    printed = _run(environment / "python", "-c", code, cwd=tmp_path)
    for command in COMMANDS:
        assert f" {command} [-h]" in printed or "--workdir:" in printed
    assert printed.splitlines().count("0") == len(COMMANDS)


def test_preprocess_writes_what_the_checkout_writes(environment, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    _run(
        *(environment / "mtc", "preprocess", CAPTURE, "--output=packets.npz"),
        cwd=tmp_path / "elsewhere",
    )
    assert main(["preprocess", str(CAPTURE), f"--output={tmp_path}/x.npz"]) == 0
    with (
        np.load(tmp_path / "elsewhere/packets.npz") as received,
        np.load(tmp_path / "x.npz") as expected,
    ):
        assert sorted(received) == sorted(expected)
        for name in expected:
            np.testing.assert_array_equal(received[name], expected[name])


def test_every_package_is_listed():
    """setuptools takes a list, since two packages lie elsewhere."""
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = listed["tool"]["setuptools"]["packages"]
    found = [
        ".".join(path.parent.relative_to(ROOT).parts)
        for path in (ROOT / "mtc_tf").rglob("__init__.py")
    ]
    assert sorted(packages) == sorted(
        [*found, "mtc_tf.configs", "mtc_tf.datasets"]
    )


def test_flagfiles_builders_and_captures_are_in_it(environment, tmp_path):
    """Each file of these folders but for the builders' own test data."""
    code = (
        "import json\n"
        "from mtc_tf.files.shipped import shipped\n"
        "root = shipped()\n"
        "files = [p for n in ('configs', 'datasets') "
        "for p in (root / n).rglob('*')\n"
        "if p.is_file() and p.suffix != '.pyc']\n"
        "print(json.dumps([str(p.relative_to(root)) for p in files]))"
    )
    received = json.loads(
        _run(environment / "python", "-c", code, cwd=tmp_path)
    )
    expected = [
        str(path.relative_to(ROOT))
        for name in ("configs", "datasets")
        for path in (ROOT / name).rglob("*")
        if path.is_file()
        and not {"dummy_data", "__pycache__"}.intersection(path.parts)
    ]
    assert sorted(received) == sorted(expected)


@pytest.mark.wheel
def test_from_captures_to_labels(environment, tmp_path):
    """Every command, in a folder that holds nothing else."""

    def mtc(*arguments):
        return _run(environment / "mtc", *arguments, cwd=tmp_path)

    built = mtc("build", "traffic_lab", "--data_dir=data")
    assert built.count("written to data/traffic_lab/") == 5
    for run in ("one", "two"):
        trained = mtc(
            *("train", "--flagfile=configs/lab/lite.flags", "--max_steps=2"),
            *("--data_dir=data", f"--workdir={run}"),
        )
        assert "1 epochs done" in trained
        assert "macro F1" in mtc(
            "evaluate", f"--workdir={run}", "--no_baselines"
        )
    page = (tmp_path / "one/report.html").read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>")
    table, _, wins = mtc("compare", "one", "two").partition("\n\n")
    assert len(table.splitlines()) == 3
    assert "flows by their vote: only one gets" in wins
    mtc("figure", "--output=figure.svg", "one", "two")
    assert (tmp_path / "figure.svg").read_text().startswith("<?xml")
    assert "120 epochs" in mtc("table", "9", "--runs=runs")
    mtc("export", "--workdir=one", "--output=out")
    by_keras, by_tensorflow, by_litert = (
        list(csv.reader(mtc(*arguments).splitlines()))
        for arguments in (
            ("classify", CAPTURE, f"--model={model}", "--format=csv")
            for model in ("one", "out", "out/model.tflite")
        )
    )
    assert len(by_keras) == 1 + 12
    for others in (by_tensorflow, by_litert):
        assert _without_probabilities(others) == _without_probabilities(
            by_keras
        )


def _without_probabilities(rows):
    header, *_ = rows
    kept = [not name.endswith("_probability") for name in header]
    return [list(itertools.compress(row, kept)) for row in rows]
