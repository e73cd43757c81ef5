"""`python -m lab`, up to where it would need root."""

import os

import pytest

from lab import __main__ as command
from lab import sandbox
from lab.errors import LabError
from lab.missing import Missing
from lab.packages import needed_packages


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
    everything = dict.fromkeys(needed_packages(), "1.0")
    monkeypatch.setattr(command, "installed_packages", lambda: everything)
    monkeypatch.setattr(command, "play_all", _play_all)

    def write_report(plans, missing, folder):
        said = f"{len(plans)} sessions, {len(missing)} missing"
        (folder / "report.md").write_text(said)

    monkeypatch.setattr(command, "write_report", write_report)


def _play_all(plans, unfinished, jobs):
    """Plays all at once, but fails the second session of IMAP."""
    failed = []
    for plan in plans:
        if plan.name == "imap_2":
            failed.append(Missing(plan, "no route"))
        else:
            unfinished.capture(plan).write_bytes(b"packets")
            unfinished.log(plan).write_text("")
            unfinished.keep(plan)
    return failed


def test_folder_appears_when_all_is_in_it(stubbed, tmp_path, capsys):
    output = tmp_path / "new" / "lab"
    assert _run(f"--output={output}", "--scenario=sftp", "--sessions=2") == 0
    assert capsys.readouterr().out == "4 sessions, 0 missing\n"
    assert [path.name for path in output.parent.iterdir()] == ["lab"]


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (LabError("less than 1 GiB"), 1, "lab: error: less than 1 GiB"),
        (
            KeyboardInterrupt(),
            130,
            "lab: interrupted; the same command goes on with what is played",
        ),
    ],
)
def test_same_command_goes_on(
    stubbed, tmp_path, monkeypatch, capsys, error, code, said
):
    arguments = f"--output={tmp_path / 'lab'}", "--scenario=sftp"

    def play_all(plans, unfinished, jobs):
        _play_all(plans[:3], unfinished, jobs)
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(command, "play_all", play_all)
        assert _run(*arguments) == code
    assert capsys.readouterr().err.splitlines() == [said]
    assert [path.name for path in tmp_path.iterdir()] == ["lab.unfinished"]
    assert _run(*arguments) == 0
    assert capsys.readouterr().out == "12 sessions, 0 missing\n"
    assert [path.name for path in tmp_path.iterdir()] == ["lab"]


def test_folder_that_one_is_in(stubbed, tmp_path, monkeypatch, capsys):
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert _run("--output=.", "--scenario=sftp", "--sessions=1") == 0
    assert capsys.readouterr().out == "2 sessions, 0 missing\n"
    assert (folder / "sftp_1.pcap").exists()


def test_another_seed_is_refused(stubbed, tmp_path, capsys):
    arguments = f"--output={tmp_path / 'lab'}", "--scenario=sftp"
    assert _run(*arguments) == 0
    capsys.readouterr()
    assert _run(*arguments, "--seed=1") == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "holds sftp_1, which is no session of these arguments" in line
    assert len(list((tmp_path / "lab").glob("*.pcap"))) == 12


def test_a_failed_session_of_many_is_told(stubbed, tmp_path, capsys):
    output = f"--output={tmp_path / 'lab'}"
    assert _run(output, "--scenario=imap", "--sessions=10") == 0
    out, err = capsys.readouterr()
    assert out == "19 sessions, 1 missing\n"
    assert err == "lab: imap_2 failed: no route\n"


def test_a_failed_session_of_few_is_an_error(stubbed, tmp_path, capsys):
    output = f"--output={tmp_path / 'lab'}"
    assert _run(output, "--scenario=imap", "--sessions=6") == 1
    out, err = capsys.readouterr()
    assert out == "11 sessions, 1 missing\n"
    assert "lab: error: 1 of 12 sessions failed; the same" in err
    assert (tmp_path / "lab" / "report.md").exists()


def test_without_a_package_its_sessions_are_skipped(
    stubbed, tmp_path, monkeypatch, capsys
):
    output = f"--output={tmp_path / 'lab'}", "--scenario=web", "--sessions=18"
    some = set(needed_packages()) - {"wget"}
    with monkeypatch.context() as patch:
        patch.setattr(command, "installed_packages", lambda: some)
        assert _run(*output) == 0
    out, err = capsys.readouterr()
    # One in three sessions takes it, in every tunnel another one does not.
    assert out == "24 sessions, 12 missing\n"
    line = "lab: wget is not installed, sessions skipped: 12"
    assert set(err.splitlines()) == {line}
    # When it is there, the set is made whole.
    assert _run(*output) == 0
    assert capsys.readouterr().out == "36 sessions, 0 missing\n"


def test_folder_with_something_in_it_is_left_alone(stubbed, tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("years of work")
    assert _run(f"--output={tmp_path}") == 1
    assert "must be new, empty or of the lab" in capsys.readouterr().err
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
