"""`mtc classify`, by its function and as a process."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from capture_bytes import ethernet
from capture_bytes import ipv4
from capture_bytes import pcap
from capture_bytes import tcp
from small_captures import DUMMY_DATA

from mtc_tf.cli import main

# Four flows of three packets.
CAPTURE = DUMMY_DATA / "aimchat2.pcap"
ACK = ethernet(ipv4(tcp(b"")))


@pytest.fixture
def classify(exported_run, capsys):
    """Runs `mtc classify`; returns exit code, standard output and error."""

    def run(*arguments):
        model = [] if "--model" in arguments else ["--model", exported_run]
        status = main(["classify", *map(str, [*arguments, *model])])
        return status, *capsys.readouterr()

    return run


def test_packets_as_table(classify):
    status, out, err = classify(CAPTURE)
    header, *lines = out.splitlines()
    assert (status, err) == (0, "")
    assert header.split() == [
        "capture",
        "packet",
        "time",
        "source",
        "destination",
        "protocol",
        "application",
        "traffic_type",
        "auxiliary",
    ]
    assert len(lines) == 12
    assert lines[0].split()[:6] == [
        str(CAPTURE),
        "0",
        "2023-11-14T22:13:20.000000Z",
        "192.0.2.10:40000",
        "198.51.100.1:5004",
        "udp",
    ]


def test_flows_of_two_captures_as_csv(classify):
    other = DUMMY_DATA / "vpn_bittorrent.pcap"
    status, out, _ = classify(CAPTURE, other, "--by=flow", "--format=csv")
    rows = list(csv.DictReader(out.splitlines()))
    assert status == 0
    assert [row["capture"] for row in rows] == [str(CAPTURE)] * 4 + [
        str(other)
    ] * 6
    assert {row["packets"] for row in rows} == {"3"}
    assert [row["source_port"] for row in rows[:4]] == [
        "40000",
        "40001",
        "40002",
        "40003",
    ]


def test_run_directory_gives_the_same_as_its_export(classify, trained_run):
    _, of_export, _ = classify(CAPTURE, "--format=jsonl")
    _, of_run, _ = classify(CAPTURE, "--format=jsonl", "--model", trained_run)
    for received, expected in zip(
        of_run.splitlines(), of_export.splitlines(), strict=True
    ):
        received, expected = json.loads(received), json.loads(expected)
        assert received == pytest.approx(expected, abs=2e-4)


def test_capture_cut_short_gives_its_packets_and_a_warning(classify, tmp_path):
    path = tmp_path / "cut.pcap"
    path.write_bytes(CAPTURE.read_bytes()[:-5])
    status, out, err = classify(path)
    assert status == 0
    assert len(out.splitlines()) == 1 + 11
    [line] = err.splitlines()
    assert line.startswith(f"mtc: warning: {path}: cut off or damaged at")


def test_capture_without_data_beside_another(classify, tmp_path):
    path = tmp_path / "ack.pcap"
    path.write_bytes(pcap([ACK, ACK]))
    status, out, err = classify(path, CAPTURE)
    assert status == 0
    assert len(out.splitlines()) == 1 + 12
    assert err == f"mtc: warning: {path}: no packet was kept of the 2 read\n"


@pytest.mark.parametrize("by", ["packet", "flow"])
def test_no_packet_with_data(by, classify, tmp_path):
    path = tmp_path / "ack.pcap"
    path.write_bytes(pcap([ACK]))
    status, out, err = classify(path, "--by", by, "--format=csv")
    assert (status, out) == (1, "")
    assert err.splitlines()[-1] == (
        "mtc: error: no packet was kept of the 1 read"
    )


def test_second_capture_is_none(classify, tmp_path):
    path = tmp_path / "no.pcap"
    path.write_bytes(b"no capture")
    status, out, err = classify(CAPTURE, path)
    assert (status, out) == (1, "")
    [line] = err.splitlines()
    assert line.startswith(f"mtc: error: {path}: not a capture")


def test_capture_that_is_missing(classify, tmp_path):
    status, _, err = classify(tmp_path / "none.pcap")
    assert status == 1
    assert err == (
        f"mtc: error: {tmp_path / 'none.pcap'}: No such file or directory\n"
    )


def test_model_that_is_none(classify, tmp_path):
    status, out, err = classify(CAPTURE, "--model", tmp_path)
    assert (status, out) == (1, "")
    assert "neither a run directory" in err


def test_capture_from_a_pipe(exported_run, tmp_path):
    """What cannot be read twice; and the process, from end to end."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with _process(pipe, exported_run) as process:
        pipe.write_bytes(CAPTURE.read_bytes())
        out, _ = process.communicate()
    assert process.returncode == 0
    assert len(out.splitlines()) == 1 + 12


def test_interrupted(exported_run, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with _process(pipe, exported_run) as process:
        with pipe.open("wb") as file:  # opens when the reader has come
            file.write(CAPTURE.read_bytes())
            file.flush()
            time.sleep(1)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.splitlines()[-1] == "mtc: interrupted"


def _process(capture, model):
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "mtc_tf.cli",
            "classify",
            capture,
            f"--model={model}",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A test run in the background hands an ignored SIGINT down.
        preexec_fn=_restore_interrupt,
    )


def _restore_interrupt():
    signal.signal(signal.SIGINT, signal.SIG_DFL)
