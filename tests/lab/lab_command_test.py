"""`python -m lab`, up to where it would need root."""

import os

import pytest

from lab import __main__ as command
from lab import sandbox
from lab.errors import LabError


def _run(*arguments):
    return command.main([*map(str, arguments)])


def test_without_root_it_says_so_and_leaves_nothing(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert _run(f"--output={tmp_path / 'lab'}") == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("lab: error: expected to be run by root")
    assert not list(tmp_path.iterdir())


def test_without_tun_it_says_so(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os.path, "exists", lambda path: False)
    with pytest.raises(LabError, match="/dev/net/tun is missing"):
        sandbox.check_system()


def test_without_namespaces_it_says_so(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os.path, "exists", lambda path: True)
    monkeypatch.setattr(
        sandbox, "_COMMAND", ("sh", "-c", "echo not permitted >&2; false")
    )
    with pytest.raises(LabError, match="cannot be made here: not permitted"):
        sandbox.check_system()


@pytest.fixture
def stubbed(monkeypatch):
    """The command without sessions: the part around them."""
    monkeypatch.setattr(command, "check_system", lambda: None)
    monkeypatch.setattr(command, "play_all", lambda plans, *_: plans)

    def write_report(plans, folder):
        (folder / "report.md").write_text(f"{len(plans)} sessions")

    monkeypatch.setattr(command, "write_report", write_report)


def test_folder_appears_when_all_is_in_it(stubbed, tmp_path, capsys):
    output = tmp_path / "new" / "lab"
    assert _run(f"--output={output}", "--scenario=sftp", "--sessions=2") == 0
    assert capsys.readouterr().out == "4 sessions\n"
    assert [path.name for path in output.parent.iterdir()] == ["lab"]


@pytest.mark.parametrize(
    ("error", "code"),
    [(LabError("sftp_1 failed"), 1), (KeyboardInterrupt, 130)],
)
def test_no_half_made_set(stubbed, tmp_path, monkeypatch, error, code):
    def play_all(plans, folder, jobs):
        (folder / "sftp_1.pcap").write_bytes(b"half")
        raise error

    monkeypatch.setattr(command, "play_all", play_all)
    assert _run(f"--output={tmp_path / 'lab'}") == code
    assert not list(tmp_path.iterdir())


def test_two_labs_at_once(stubbed, tmp_path, monkeypatch, capsys):
    output = tmp_path / "lab"

    def play_all(plans, folder, jobs):
        monkeypatch.setattr(command, "play_all", lambda plans, *_: plans)
        assert _run(f"--output={output}", "--sessions=1") == 0
        return plans

    monkeypatch.setattr(command, "play_all", play_all)
    assert _run(f"--output={output}", "--sessions=2") == 1
    out, err = capsys.readouterr()
    assert err.startswith(f"lab: error: {output} cannot be written: ")
    # What the first to end has made stays, and nothing else.
    assert (output / "report.md").read_text() == out.strip()
    assert list(tmp_path.iterdir()) == [output]


def test_folder_with_something_in_it_is_left_alone(stubbed, tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("years of work")
    assert _run(f"--output={tmp_path}") == 1
    assert "must be new or empty" in capsys.readouterr().err
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--output=x", "--scenario=gopher"),
        ("--output=x", "--sessions=0"),
        ("--output=x", "--jobs=many"),
    ],
)
def test_wrong_usage(arguments):
    with pytest.raises(SystemExit) as caught:
        _run(*arguments)
    assert caught.value.code == 2
