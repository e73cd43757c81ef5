"""The documentation holds: its commands run, its paths and links exist.

The commands of a page run one after the other in a folder of the page's own,
where the repository is and what the pages call DATA, RUN, OUT and so on. A
command that makes one of these makes it anew; the ones behind it see that.
"""

import re
import shutil
import subprocess
import sys

import pytest
from doc_pages import ROOT
from doc_pages import blocks
from doc_pages import commands
from doc_pages import indented_blocks
from doc_pages import name_of
from doc_pages import pages
from doc_runner import parse
from doc_runner import run
from small_captures import DUMMY_DATA
from small_record_tables import DUMMY_DATA as DUMMY_RECORDS

from mtc_tf.tasks import MODEL_INPUTS

KINDS = {"sh", "console", "python", "csv", "text"}
PAGES = {name_of(page): page for page in pages()}
# Those of the suite; the others' are run by `make test-docs`.
QUICK = {"README.md"}

# What no test of this file runs, and what does.
NOT_RUN = {
    r"make demo": "minutes; its steps are commands of other pages",
    r"make test": "this is it",
    r"make (lab|lab SCENARIO=\w+)": "root; tests/lab by `make test-lab`",
    r"python -m lab .*": "root; tests/lab by `make test-lab`",
    r"make tables-small": "44 minutes; `mtc table` of docs/use/tables.md",
    r"make test-backends": "other backends; .ci/run",
    r"\. \.venv/bin/activate": "the environment is the one that runs the tests",
    r"(\.venv/bin/)?pip install .*": "the network; tests/wheel_test.py installs",
    r"MTC_EXPORT=.* docker compose .*": "Docker; tests/deploy reads the files",
    r"python deploy/client\.py .*": "a server; tests/deploy/client_test.py",
    r"python -m benchmarks\.training .*": "PyTorch; its test in "
    "tests/benchmarks",
    r"KERAS_BACKEND=numpy python tests/mutate\.py .*": "mutmut, hours",
    r"mutmut run": "mutmut, hours",
    r"python tests/mutate_training\.py .*": "mutmut, hours",
    r"\.venv/bin/python -m pytest .*": "the suite itself",
}

# Trainings and measurements of hours, cut short by flags behind their own.
SHORT = {
    "train": ("--epochs=1", "--max_steps=100", "--batch_size=4"),
    "train of packets": ("--num_encoders=1,0,0", "--stem_strides=50"),
    "benchmarks.cicids2017": ("--fraction=0.0005",),
    "benchmarks.gpu_training": ("--rows=32", "--seconds=0.1"),
    "benchmarks.layers": ("--batch_size=1", "--rounds=1"),
    "benchmarks.preprocess": ("--packets=2000",),
    "benchmarks.training_choices": ("--epochs=1", "--steps=1", "--seeds", "0"),
    "fuzz": ("--count=50",),
}
# The only whole table that is made.
TABLE = "mtc table 8 --runs=RUNS --execute"


def _cut_short(words):
    """Adds the flags of `SHORT` to a command that is to take hours."""
    text = " ".join(words)
    if _is_training(words):
        # flags.txt of a run that was cut short says so itself.
        if "flags.txt" in text:
            return words
        packets = () if "cicids2017" in text else SHORT["train of packets"]
        return [*words, *SHORT["train"], *packets]
    if "--execute" in words:
        if not text.startswith(TABLE):
            return [word for word in words if word != "--execute"]
        flags = " ".join(SHORT["train"] + SHORT["train of packets"])
        return [*words, f"--train_flags={flags}"]
    for name, flags in SHORT.items():
        if words[:2] == ["python", "-m"] and words[2].startswith(name):
            return [*words, *flags]
    return words


def _is_training(words):
    return words[:2] in (["mtc", "train"], ["python", "train.py"])


def _make_room(words, folder):
    """Takes away what a command is to make anew."""
    made = dict(re.findall(r"--(\w+)=(\S+)", " ".join(words)))
    name = None
    if words[1] == "build" or words[:2] == ["tfds", "build"]:
        name = f"{made['data_dir']}/{words[2].removeprefix('datasets/')}"
    elif _is_training(words) and f"{made['workdir']}/" not in made["flagfile"]:
        name = made["workdir"]
    elif "export" in words:
        name = made["output"]
    if name and (folder / name).exists():
        place = folder / name
        place.unlink() if place.is_symlink() else shutil.rmtree(place)
    if name:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)


@pytest.fixture(scope="session")
def data_folder(made_once):
    """All configs of the dummy data of both datasets, prepared."""

    def prepare(folder):
        manual_dir = folder / "manual"
        manual_dir.mkdir()
        for path in (*DUMMY_DATA.iterdir(), *DUMMY_RECORDS.iterdir()):
            (manual_dir / path.name).symlink_to(path)
        for name in ("iscx_vpn_nonvpn", "cicids2017"):
            build = ["tfds", "build", f"datasets/{name}"]
            arguments = [f"--manual_dir={manual_dir}", f"--data_dir={folder}"]
            code, _, errors = run({}, [build + arguments], ROOT)
            assert code == 0, errors

    return made_once("documented_data", prepare)


@pytest.fixture
def folder(tmp_path, data_folder, trained_run, exported_run):
    """A folder that holds what the commands of a page name."""
    for path in ROOT.iterdir():
        if path.name[0] != "." and path.name not in ("build", "runs"):
            (tmp_path / path.name).symlink_to(path)
    return tmp_path
