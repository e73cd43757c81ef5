import os
import shutil
import subprocess
import sys

import pytest
from capture_bytes import PcapNg
from lab_captures import lab_capture
from small_captures import DUMMY_DATA

from mtc_tf.cli import main

CAPTURE = DUMMY_DATA / "aimchat2.pcap"


def test_model_of_the_package(tmp_path, capsys):
    output = tmp_path / "out.pcapng"
    assert main(["annotate", str(CAPTURE), str(output)]) == 0
    captured = capsys.readouterr()
    assert captured.out == (
        f"12 packets written to {output}, 12 of them with a comment\n"
    )
    assert captured.err.startswith("mtc: the model of the package, of the traf")
    content = output.read_bytes()
    assert content.count(b"application: unknown; traffic_type: unknown") == 12
    assert os.listdir(tmp_path) == ["out.pcapng"]


def test_what_was_dropped_is_told(exported_run, tmp_path, capsys):
    output = tmp_path / "out.pcapng"
    model = exported_run / "model_int8.tflite"
    capture = lab_capture("irc_1")
    command = ["annotate", str(capture), str(output), f"--model={model}"]
    assert main(command) == 0
    captured = capsys.readouterr()
    assert "47 packets written to" in captured.out
    assert captured.out.endswith(", 24 of them with a comment\n")
    assert captured.err == (
        f"mtc: {capture}: 47 read, 24 kept; dropped: empty_tcp 21, icmpv6 2\n"
    )


_CODE = """
import sys
from mtc_tf.cli import main
code = main(sys.argv[1:])
assert not {"tensorflow", "keras", "pandas"} & set(sys.modules)
sys.exit(code)
"""


def test_without_tensorflow(tmp_path):
    process = subprocess.run(
        [
            *(sys.executable, "-c", _CODE, "annotate", CAPTURE),
            tmp_path / "out.pcapng",
        ],
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stderr


def _run(*arguments):
    return main(["annotate", *map(str, arguments)])


@pytest.mark.parametrize(
    ("capture", "output", "message"),
    [
        ("none", "out", "none: expected a file; a folder or a pipe cannot be"),
        (".", "out", "expected a file; a folder or a pipe cannot be annotated"),
        ("text", "out", "text: not a capture"),
        ("c.pcap", "c.pcap", "is the input"),
        ("c.pcap", ".", "is a folder or a device, not a file"),
        ("c.pcap", "none/out", "there is no folder"),
    ],
)
def test_paths_of_no_use(capture, output, message, tmp_path, capsys):
    shutil.copy(CAPTURE, tmp_path / "c.pcap")
    (tmp_path / "text").write_text("no capture")
    assert _run(tmp_path / capture, tmp_path / output) == 1
    *_, line = capsys.readouterr().err.splitlines()
    assert line.startswith("mtc: error: ") and message in line
    assert sorted(os.listdir(tmp_path)) == ["c.pcap", "text"]


def test_model_of_records(exported_record_run, tmp_path, capsys):
    model = exported_record_run / "model.tflite"
    assert _run(CAPTURE, tmp_path / "out", f"--model={model}") == 1
    assert "is a model of records; captures need one of" in (
        capsys.readouterr().err
    )


def test_model_that_tells_nothing_unknown(exported_run, tmp_path, capsys):
    model = f"--model={exported_run}/model.tflite"
    assert _run(CAPTURE, tmp_path / "out", model, "--reject=0.1") == 1
    assert "--reject needs a score of unknown" in capsys.readouterr().err


def test_rows_that_the_model_does_not_answer_for(tmp_path, capsys):
    assert _run(CAPTURE, tmp_path / "out", "--by=packet") == 1
    assert "expected --by=flow, received --by=packet" in capsys.readouterr().err


@pytest.mark.parametrize("rate", ["0", "1", "x"])
def test_share_that_cannot_be(rate, tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        _run(CAPTURE, tmp_path / "out", f"--reject={rate}")
    assert "expected a share above 0 and below 1" in capsys.readouterr().err


def test_damaged_capture(tmp_path, capsys):
    capture, output = tmp_path / "c.pcap", tmp_path / "out"
    capture.write_bytes(CAPTURE.read_bytes()[:-1])
    assert _run(capture, output) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("11 packets written to")
    *_, line = captured.err.splitlines()
    assert line.startswith(f"mtc: warning: {capture}: cut off or damaged at")


def test_packets_without_room_for_a_comment(tmp_path, capsys):
    ng = PcapNg()
    content = CAPTURE.read_bytes()[24:]
    frame = content[16 : 16 + int.from_bytes(content[8:12], "little")]
    capture = tmp_path / "c.pcapng"
    capture.write_bytes(ng.section() + ng.interface() + ng.simple_packet(frame))
    assert _run(capture, tmp_path / "out") == 0
    captured = capsys.readouterr()
    assert "1 packets written to" in captured.out
    assert "1 packets stand in blocks that take no comment" in captured.err
    assert (tmp_path / "out").read_bytes() == capture.read_bytes()
