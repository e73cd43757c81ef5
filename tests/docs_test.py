"""The commands of the documentation run, and print what the pages show.

The commands of a page run one after the other in a folder of the page's own,
where the repository is and what the pages call DATA, RUN, OUT and so on. A
command that makes one of these makes it anew; the ones behind it see that.
"""

import re
import shutil

import pytest
from doc_exceptions import cut_short
from doc_exceptions import is_training
from doc_exceptions import why_not_run
from doc_pages import ROOT
from doc_pages import commands
from doc_pages import name_of
from doc_pages import pages
from doc_runner import parse
from doc_runner import run
from lab_captures import LAB_CAPTURES
from lab_captures import lab_capture
from lab_captures import unpacked_lab_capture
from small_captures import DUMMY_DATA
from small_record_tables import DUMMY_DATA as DUMMY_RECORDS

from mtc_tf.tasks import MODEL_INPUTS

PAGES = {name_of(page): page for page in pages()}
RECORDS = "Friday-WorkingHours-Morning.pcap_ISCX.csv"
CAPTURES = ("sip_1", "vpn_wireguard_sip_3")
TASKS = {task.name for kind in MODEL_INPUTS.values() for task in kind.tasks}


@pytest.fixture(scope="session")
def documented_data(made_once):
    """FOLDER and DATA: the dummy data of both datasets, raw and built."""

    def prepare(folder):
        (folder / "FOLDER").mkdir()
        _link(folder / "FOLDER", DUMMY_DATA.iterdir())
        _link(folder / "FOLDER", DUMMY_RECORDS.iterdir())
        for name in ("iscx_vpn_nonvpn", "cicids2017"):
            build = ["mtc", "build", name]
            where = ["--manual_dir=FOLDER", "--data_dir=DATA"]
            code, _, errors = run({}, [build + where], folder)
            assert code == 0, errors

    return made_once("documented_data", prepare)


@pytest.fixture
def folder(name, request, tmp_path, documented_data):
    """A folder that holds what the commands of a page name."""
    text = PAGES[name].read_text("utf-8")
    for path in ROOT.iterdir():
        if path.name[0] != "." and path.name not in ("build", "runs"):
            (tmp_path / path.name).symlink_to(path)
    for place in ("DATA", "RUNS", "build/demo", "build/lab"):
        (tmp_path / place).mkdir(parents=True)
    _link(tmp_path / "DATA", (documented_data / "DATA").iterdir())
    lab_files = (lab_capture(f"irc_{number}") for number in range(1, 7))
    _link(tmp_path / "build/lab", [*lab_files, LAB_CAPTURES / "labels.csv"])
    _link(tmp_path, map(lab_capture, CAPTURES))
    (tmp_path / "my.pcap").write_bytes(unpacked_lab_capture(CAPTURES[0]))
    (tmp_path / "records.csv").symlink_to(DUMMY_RECORDS / RECORDS)
    for place in ("FOLDER", "CAPTURES"):
        (tmp_path / place).symlink_to(documented_data / "FOLDER")
    if "RUN" in text:
        run_folder = request.getfixturevalue("trained_run")
        shutil.copytree(run_folder, tmp_path / "RUN")
    if "build/demo/export" in text:
        export = request.getfixturevalue("exported_run")
        (tmp_path / "build/demo/export").symlink_to(export)
    return tmp_path


def _link(folder, paths):
    for path in paths:
        (folder / path.name).symlink_to(path)


def _longest_first():
    """Names of pages with commands, so that no process waits for the last."""
    counts = {name: len(commands(page)) for name, page in PAGES.items()}
    return sorted(filter(counts.get, counts), key=counts.get, reverse=True)


@pytest.mark.docs
@pytest.mark.parametrize("name", _longest_first())
def test_commands_of_a_page_run(name, folder):
    for command in commands(PAGES[name]):
        if not why_not_run(command):
            _run_command(command, folder, f"{name}:{command.line}")


def _run_command(command, folder, where):
    if command.is_python:
        (folder / "block.py").write_text(command.text)
        variables, stages, output = {}, [["python", "block.py"]], None
    else:
        variables, stages, output = parse(command.text)
    _make_room(stages[0], folder)
    stages[0] = cut_short(stages[0])
    code, printed, errors = run(variables, stages, folder)
    assert code == 0, f"{where}: {stages}\n{printed}\n{errors}"
    if output:
        assert printed
        (folder / output).write_text(printed)
    _check_shown(command.shown, printed, errors, where)


def _make_room(words, folder):
    """Takes away what a command is to make anew."""
    made = dict(re.findall(r"--(\w+)=(\S+)", " ".join(words)))
    name = None
    if words[1] == "build" or words[:2] == ["tfds", "build"]:
        name = f"{made['data_dir']}/{words[2].removeprefix('datasets/')}"
    elif is_training(words):
        # Without a new run directory the training goes on in the old one.
        name = made.get("workdir")
    elif "export" in words:
        name = made["output"]
    if "split_seed" in made:
        return  # it stands beside what another command made
    if name and (folder / name).exists():
        place = folder / name
        place.unlink() if place.is_symlink() else shutil.rmtree(place)
    if name:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)


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
