"""The wheel in an environment that holds nothing of the checkout.

The libraries are those of the environment that runs the tests: a `.pth` file
names their folder, in which the `.pth` file of an editable install has no
effect.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import sysconfig
import venv

import numpy as np
import pytest
from small_captures import DUMMY_DATA
from small_record_tables import DUMMY_DATA as DUMMY_RECORDS

from mtc_tf.cli import main

ROOT = pathlib.Path(__file__).parents[1]
CAPTURE = DUMMY_DATA / "aimchat2.pcap"
TABLE = DUMMY_RECORDS / "Friday-WorkingHours-Morning.pcap_ISCX.csv"
COMMANDS = ("preprocess", "evaluate", "compare", "table", "figure", "classify")
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


def _is_no_source(folder, names):
    """The names in a folder that no wheel is built from."""
    if pathlib.Path(folder) != ROOT:
        return {"__pycache__", "captures"}
    kept = ("README.md", "LICENSE", "pyproject.toml", "mtc_tf", "lab", "export")
    return set(names) - set(kept)


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
    assert re.findall(r"^    (\w+)", listed, re.M) == list(COMMANDS)
    # In one process, since each would import pandas and scapy.
    code = (
        "from mtc_tf.cli import main\n"
        f"for command in {COMMANDS}:\n"
        "    try:\n"
        "        main([command, '--help'])\n"
        "    except SystemExit as end:\n"
        "        print(end.code)\n"
    )
    printed = _run(environment / "python", "-c", code, cwd=tmp_path)
    for command in COMMANDS:
        assert f" {command} [-h]" in printed
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


@pytest.mark.large
def test_commands_on_trained_models(
    environment, trained_run, exported_record_run, tmp_path, capsys
):
    """Starts TensorFlow in three processes, and trains where no test has."""

    def mtc(*arguments):
        return _run(environment / "mtc", *arguments, cwd=tmp_path)

    def checkout(*arguments):
        assert main([str(argument) for argument in arguments]) == 0
        return capsys.readouterr().out

    for path, model in ((TABLE, exported_record_run), (CAPTURE, trained_run)):
        arguments = ["classify", path, f"--model={model}", "--format=csv"]
        assert mtc(*arguments) == checkout(*arguments)
    run = tmp_path / "run"
    shutil.copytree(trained_run, run)
    assert "macro F1" in mtc("evaluate", f"--workdir={run}")
    assert len(mtc("compare", run, run).splitlines()) == 3
    mtc("figure", "--output=figure.svg", run)
    assert (tmp_path / "figure.svg").read_text().startswith("<?xml")
    # Its rows are the experiments of the checkout.
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    assert "MTC" in mtc("table", "4", f"--runs={tmp_path / 'runs'}")
