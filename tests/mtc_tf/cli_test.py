"""The `mtc` command as a whole; its sub-commands have tests of their own."""

import importlib.metadata
import os
import subprocess
import sys

import pytest

from mtc_tf.cli import main


def test_alone_it_prints_the_help(capsys):
    assert main([]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("usage: mtc ")
    for command in ("preprocess", "evaluate", "compare", "classify"):
        assert f"    {command}" in out
    assert err == ""


def test_version(capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["--version"])
    assert exit_.value.code == 0
    version = importlib.metadata.version("mtc-tf")
    assert capsys.readouterr().out == f"mtc {version}\n"


def test_version_of_a_source_tree(monkeypatch, capsys):
    def version(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out.startswith("mtc of a source tree")


def test_unknown_command(capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["divine"])
    assert exit_.value.code == 2
    assert "invalid choice: 'divine'" in capsys.readouterr().err


def test_error_line_is_printable(tmp_path, capsys):
    path = tmp_path / "a\x1b[2J\nmtc: all is well"
    assert main(["preprocess", str(path), f"--output={tmp_path}/x.npz"]) == 1
    _, err = capsys.readouterr()
    assert err == (
        rf"mtc: error: {tmp_path}/a\x1b[2J\nmtc: all is well: "
        "No such file or directory\n"
    )


def test_wrong_usage_is_printable(capsys):
    with pytest.raises(SystemExit):
        main(["preprocess", "x", "--output=x.npz", "--x\x1b[2J\n"])
    _, err = capsys.readouterr()
    assert err.endswith(r"error: unrecognized arguments: --x\x1b[2J\n" + "\n")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["preprocess", "~/none.pcap", "--output=x.npz"], "{}/none.pcap: No"),
        (["preprocess", "{}/x.pcap", "--output=~/a/b.npz"], "no folder {}/a"),
        (["classify", "x.pcap", "--model=~/none"], "model '{}/none' is"),
        (["evaluate", "--workdir=~/none"], "workdir '{}/none' is not"),
        (["compare", "~/none"], "{}/none holds no figures"),
        (["figure", "~/none", "--output=~/x.png"], "{}/none holds no figures"),
    ],
)
def test_tilde_is_the_home(command, message, tmp_path, monkeypatch, capsys):
    from capture_bytes import pcap

    (tmp_path / "x.pcap").write_bytes(pcap([]))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert main([word.format(tmp_path) for word in command]) == 1
    assert message.format(tmp_path) in capsys.readouterr().err


def test_tilde_of_nobody_is_a_name(capsys):
    assert main(["compare", "~nobody-has-this-name/x"]) == 1
    assert "~nobody-has-this-name/x holds no" in capsys.readouterr().err


def test_path_that_is_empty(capsys):
    with pytest.raises(SystemExit):
        main(["preprocess", "", "--output=x.npz"])
    assert "CAPTURE: expected a path, received n" in capsys.readouterr().err


def test_names_in_a_terminal_that_is_not_utf8(tmp_path):
    name = os.fsdecode(b"caf\xe9 \xc3\xa9.pcap")
    done = subprocess.run(
        [sys.executable, "-m", "mtc_tf.cli", "compare", tmp_path / name],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert done.returncode == 1
    assert done.stderr.startswith(b"mtc: error: ")
    assert rb"caf\xe9 \xe9.pcap holds no figures" in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_help_for_a_full_disk():
    with open("/dev/full", "wb") as full:
        process = subprocess.run(
            [sys.executable, "-m", "mtc_tf.cli", "--help"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            # Without a buffer `argparse` swallows the error.
            env={**os.environ, "PYTHONUNBUFFERED": ""},
        )
    assert process.returncode == 1
    assert process.stderr == "mtc: error: [Errno 28] No space left on device\n"


@pytest.mark.parametrize(
    ("arguments", "code", "last"),
    [
        ("--help", 0, ""),
        ("--bogus", 2, "mtc: error: "),
        ("classify none.pcap", 1, "mtc: error: none.pcap: No such file"),
        ("compare .", 1, "mtc: error: . holds no "),
    ],
)
def test_standard_output_is_closed(arguments, code, last, tmp_path):
    process = subprocess.run(
        f"{sys.executable} -m mtc_tf.cli {arguments} >&-",
        shell=True,
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.returncode == code
    assert "Traceback" not in process.stderr
    assert process.stderr.splitlines()[-1].startswith(last)
