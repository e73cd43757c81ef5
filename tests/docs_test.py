"""The documentation holds: its commands run, its paths and links exist.

The commands of a page run one after the other in a folder of the page's own,
where the repository is and what the pages call DATA, RUN, OUT and so on. A
command that makes one of these makes it anew; the ones behind it see that.
"""

import ast
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

RECORD_PAGES = {"docs/use/records.md"}
RECORDS = "Friday-WorkingHours-Morning.pcap_ISCX.csv"
LAB_CAPTURES = ROOT / "datasets/traffic_lab/captures"
TASKS = {task.name for kind in MODEL_INPUTS.values() for task in kind.tasks}
TOP_FOLDERS = {path.name for path in ROOT.iterdir() if path.is_dir()} - {
    "build"
}
REFERENCE = {path.stem for path in (ROOT / "docs/reference").glob("*.md")}
REFERENCE.remove("index")

# What no test of this file runs, and what does.
NOT_RUN = {
    r"make demo": "minutes; its steps are commands of other pages",
    r"make test": "this is it",
    r"make (lab|lab SCENARIO=\w+)": "root; tests/lab by `make test-lab`",
    r"python -m lab .*": "root; tests/lab by `make test-lab`",
    r"make tables-small": "44 minutes; `mtc table` of docs/use/tables.md",
    r"make test-backends": "other backends; .ci/run",
    r"\. \.venv/bin/activate": "the tests are in it",
    r"(\.venv/bin/)?pip install .*": "the network; tests/wheel_test.py",
    r"MTC_EXPORT=.* docker compose .*": "Docker; tests/deploy reads the files",
    r"python deploy/client\.py .*": "a server; tests/deploy/client_test.py",
    r"python -m benchmarks\.(training|gpu_training) .*": "PyTorch or JAX; "
    "tests/benchmarks",
    r"python -m benchmarks\.layers .*": "minutes; tests/benchmarks",
    r"TF_CONFIG=.*": "two machines; tests of `make test-workers`",
    r"KERAS_BACKEND=numpy python tests/mutate\.py .*": "mutmut, hours",
    r"mutmut run": "mutmut, hours",
    r"python tests/mutate_training\.py .*": "mutmut, hours",
    r"\.venv/bin/python -m pytest .*": "the suite itself",
}

# Trainings and measurements of hours, cut short by flags behind their own.
SMALL_DATASET = "iscx_vpn_nonvpn/paper"
SHORT = {
    "train": (
        *("--epochs=1", "--max_steps=2", "--batch_size=4"),
        "--num_encoders=1,0,0",
    ),
    "train of packets": ("--stem_strides=50",),
    "benchmarks.cicids2017": ("--fraction=0.0005",),
    "benchmarks.preprocess": ("--packets=2000",),
    "benchmarks.training_choices": (
        *("--epochs=1", "--steps=1", "--batch_size=4", "--seeds", "0"),
        *("--decay", "gradient", "--final_norm", "yes"),
        f"--dataset={SMALL_DATASET}",
    ),
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
        dataset = f"--packets={SMALL_DATASET}"
        return [*words, dataset, f"--train_flags={flags}"]
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
def documented_data(made_once):
    """FOLDER and DATA: the dummy data of both datasets, raw and built."""

    def prepare(folder):
        (folder / "FOLDER").mkdir()
        for path in (*DUMMY_DATA.iterdir(), *DUMMY_RECORDS.iterdir()):
            (folder / "FOLDER" / path.name).symlink_to(path)
        for name in ("iscx_vpn_nonvpn", "cicids2017"):
            build = ["mtc", "build", name]
            where = ["--manual_dir=FOLDER", "--data_dir=DATA"]
            code, _, errors = run({}, [build + where], folder)
            assert code == 0, errors

    return made_once("documented_data", prepare)


@pytest.fixture
def furnish(request, tmp_path, documented_data):
    """A function that lays out what the commands of a page name."""

    def lay(name):
        records = name in RECORD_PAGES
        model = "record_run" if records else "run"
        run_folder = request.getfixturevalue(f"trained_{model}")
        export = request.getfixturevalue(f"exported_{model}")
        for path in ROOT.iterdir():
            if path.name[0] != "." and path.name not in ("build", "runs"):
                (tmp_path / path.name).symlink_to(path)
        for place in ("DATA", "build/demo", "build/lab", "RUNS"):
            (tmp_path / place).mkdir(parents=True)
        for path in (documented_data / "DATA").iterdir():
            (tmp_path / "DATA" / path.name).symlink_to(path)
        shutil.copytree(run_folder, tmp_path / "RUN")
        places = {
            "FOLDER": documented_data / "FOLDER",
            "CAPTURES": documented_data / "FOLDER",
            "OUT": export,
            "build/demo/export": export,
            "my.pcap": LAB_CAPTURES / "sip_1.pcap",
            "records.csv": DUMMY_RECORDS / RECORDS,
            "sip_1.pcap": LAB_CAPTURES / "sip_1.pcap",
            "vpn_wireguard_sip_3.pcap": LAB_CAPTURES
            / "vpn_wireguard_sip_3.pcap",
        }
        for place, target in places.items():
            (tmp_path / place).symlink_to(target)
        for path in (*LAB_CAPTURES.glob("irc_*"), LAB_CAPTURES / "labels.csv"):
            (tmp_path / "build/lab" / path.name).symlink_to(path)
        return tmp_path

    return lay


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in QUICK else pytest.mark.docs)
        for name, page in PAGES.items()
        if commands(page)
    ],
)
def test_commands_of_a_page_run(name, furnish):
    folder = furnish(name)
    for command in commands(PAGES[name]):
        if not _why_not_run(command):
            _run_command(command, folder, f"{name}:{command.line}")


def _why_not_run(command):
    """The pattern of `NOT_RUN` that a command fits, or None."""
    for pattern in NOT_RUN:
        if not command.is_python and re.fullmatch(pattern, command.text):
            return pattern
    return None


def _run_command(command, folder, where):
    if command.is_python:
        (folder / "block.py").write_text(command.text)
        variables, stages, output = {}, [["python", "block.py"]], None
    else:
        variables, stages, output = parse(command.text)
    _make_room(stages[0], folder)
    stages[0] = _cut_short(stages[0])
    code, printed, errors = run(variables, stages, folder)
    assert code == 0, f"{where}: {stages}\n{printed}\n{errors}"
    if output:
        assert printed
        (folder / output).write_text(printed)
    _check_shown(command.shown, printed, errors, where)


def _check_shown(shown, printed, errors, where):
    """Compares what a page shows with what was printed, as far as it is fixed.

    Labels and probabilities hang on the model: of a line with such, the columns
    before them count.
    """
    notes = [line for line in shown if line.startswith("mtc: ")]
    lines = [line.split() for line in shown if line not in notes]
    found = [line.split() for line in printed.splitlines() if line]
    assert set(notes) <= set(errors.splitlines()), where
    if lines:
        fixed = [column for column in lines[0] if column not in TASKS]
        if len(fixed) < len(lines[0]):
            assert lines[0] == found[0], where
            lines = [line[: len(fixed)] for line in lines]
            found = [line[: len(fixed)] for line in found]
        assert lines == found, where


@pytest.mark.parametrize("name", PAGES)
def test_every_block_says_what_it_holds(name):
    assert not indented_blocks(PAGES[name])
    for block in blocks(PAGES[name]):
        assert block.kind in KINDS, f"{name}:{block.line}"
        if block.kind == "text":
            assert not re.match(r"\$ |(mtc|python|tfds|make) ", block.text)


def test_what_is_not_run_stands_somewhere():
    found = {
        _why_not_run(command)
        for page in PAGES.values()
        for command in commands(page)
    }
    assert set(NOT_RUN) <= found


def test_paths_exist():
    """Paths of the repository in backticks; `NAME` stands for any."""
    missing = []
    for name, page in PAGES.items():
        for path in re.findall(
            r"`([\w.-]+/[\w./*-]*)`", page.read_text("utf-8")
        ):
            top = path.split("/")[0]
            pattern = path.rstrip("/").replace("NAME", "*")
            if top in TOP_FOLDERS and not list(ROOT.glob(pattern)):
                missing.append((name, path))
    assert not missing


def test_readme_is_short():
    assert len(PAGES["README.md"].read_text("utf-8").splitlines()) < 150


@pytest.fixture(scope="session")
def site(made_once):
    """The site, built with warnings as errors."""

    def build(folder):
        subprocess.run(
            [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
            + [f"--site-dir={folder / 'site'}"],
            cwd=ROOT,
            check=True,
        )

    return made_once("site", build) / "site"


@pytest.mark.docs
@pytest.mark.parametrize("package", sorted(REFERENCE))
def test_every_public_name_has_its_place_in_the_reference(package, site):
    html = (site / f"reference/{package}/index.html").read_text("utf-8")
    anchors = set(re.findall(r'id="([\w.]+)"', html))
    assert _public_names(package) <= anchors


def _public_names(package):
    """The classes and functions of a package's modules, without underscore."""
    return {
        f"mtc_tf.{package}.{path.stem}.{node.name}"
        for path in (ROOT / "mtc_tf" / package).glob("*.py")
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
        and node.name[0] != "_"
    }
