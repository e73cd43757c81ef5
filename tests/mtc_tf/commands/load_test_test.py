"""`mtc load-test` against a small server."""

import subprocess
import sys

import pytest
from model_server import rest_server
from small_captures import DUMMY_DATA

from mtc_tf.cli import main
from mtc_tf.files.shipped import shipped_model
from mtc_tf.inference.stored_model import load_classifier

CAPTURE = DUMMY_DATA / "aimchat2.pcap"
DESCRIPTION = f"--description={shipped_model()}"
QUICK = ("--seconds=0.2", "--connections=2", DESCRIPTION)


@pytest.fixture(scope="module")
def server():
    classifier = load_classifier(shipped_model() / "model.tflite")
    with rest_server(classifier) as address:
        yield address


def test_rates(server, capsys):
    call = ["load-test", server, *QUICK, "--rates=20,40", "--rows=3"]
    assert main([*call, f"--capture={CAPTURE}"]) == 0
    header, *lines = capsys.readouterr().out.splitlines()
    assert header.split()[:4] == ["asked/s", "answered/s", "answers", "errors"]
    rows = [[float(cell) for cell in line.split()] for line in lines]
    assert [row[0] for row in rows] == [20, 40]
    assert [row[2:4] for row in rows] == [[4, 0], [8, 0]]
    for *_, median, most, nearly_all in rows:
        assert 0 < median <= most <= nearly_all


def test_rates_are_shares_of_what_the_server_answers(server, capsys):
    main(["load-test", server, *QUICK])
    first, _, *lines = capsys.readouterr().out.splitlines()
    capacity, words = first.split(" ", 1)
    assert words == "answers a second with 2 connections that never wait"
    rates = [float(line.split()[0]) for line in lines]
    expected = [float(capacity) * share for share in (0.25, 0.5, 0.8)]
    assert rates == pytest.approx(expected, abs=0.2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["http://127.0.0.1:1/mtc"], "http://127.0.0.1:1/mtc: Connection ref"),
        (["http://127.0.0.1:1/mtc", DESCRIPTION], "Connection refused"),
        (["runs/x"], "expected the address of a model, such as http://"),
    ],
)
def test_server_that_cannot_be_asked(arguments, message, capsys):
    assert main(["load-test", *arguments]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    [line] = err.splitlines()
    assert message in line


def test_model_of_records(server, tmp_path, capsys):
    content = '{"tasks": {"a": ["b"]}, "recipe": "x", "features": ["y"]}'
    (tmp_path / "mtc.json").write_text(content)
    assert main(["load-test", server, f"--description={tmp_path}"]) == 1
    assert "is a model of records, expected one of" in capsys.readouterr().err


@pytest.mark.parametrize(
    "argument",
    [
        *("--rates=0", "--rates=10,x", "--rates=1e9", "--rates=nan"),
        *("--seconds=0", "--seconds=601", "--rows=0", "--rows=1.5"),
        *("--connections=0", "--connections=257"),
    ],
)
def test_numbers_are_bounded(argument, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["load-test", argument])
    assert ended.value.code == 2
    assert "expected a number from " in capsys.readouterr().err


def test_no_tensorflow(server):
    code = (
        "import sys\n"
        "from mtc_tf.cli import main\n"
        f"code = main(['load-test', {server!r}, *{QUICK}, '--rates=10'])\n"
        "sys.exit(code or 'tensorflow' in sys.modules)"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True
    )
    assert process.returncode == 0, process.stderr
