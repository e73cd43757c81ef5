"""`mtc classify` on what comes while it is read, by the package's model."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
from capture_bytes import ethernet
from capture_bytes import ipv4
from capture_bytes import pcap
from capture_bytes import udp
from pyarrow import parquet
from small_captures import DUMMY_DATA

from mtc_tf.cli import main

# Four flows of three packets, one behind the other.
CAPTURE = DUMMY_DATA / "aimchat2.pcap"
# `None` makes `import` raise ModuleNotFoundError.
_MTC = """
import signal, sys
# A test run in the background hands an ignored SIGINT down.
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.modules.update(dict.fromkeys(["keras", "tensorflow"]))
from mtc_tf.cli import main
sys.exit(main(sys.argv[1:]))
"""


def _started(*arguments, **streams):
    return subprocess.Popen(
        [sys.executable, "-c", _MTC, "classify", *map(str, arguments)],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **{"stdout": subprocess.PIPE, **streams},
    )


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
def test_answers_come_before_the_stream_ends(number, code):
    packets = [(1, b"a"), (2, b"b"), (1, b"c"), (3, b"d")]
    frames = [
        ethernet(ipv4(udp(data, (port, 443)), protocol=17))
        for port, data in packets
    ]
    arguments = ["-", "--packets_per_flow=2", "--format=jsonl"]
    with _started(*arguments) as process:
        process.stdin.write(pcap(frames))
        process.stdin.flush()
        first = json.loads(process.stdout.readline())
        # The stream goes on, and the others wait.
        process.send_signal(number)
        others = [json.loads(line) for line in process.stdout]
        errors = process.stderr.read().decode().splitlines()
    assert (first["source_port"], first["packets"]) == (1, 2)
    assert [row["source_port"] for row in others] == [2, 3]
    assert re.fullmatch(
        r"mtc: 4 packets in \d+\.\d s, [\d,]+ packets/s; 3 flows", errors[-2]
    )
    assert errors[-1] == "mtc: interrupted"
    assert process.returncode == code


def test_flow_ends_while_no_packet_comes():
    frame = ethernet(ipv4(udp(b"a"), protocol=17))
    with _started("-", "--flow_timeout=0.2", "--format=csv") as process:
        process.stdin.write(pcap([frame]))
        process.stdin.flush()
        header, row = process.stdout.readline(), process.stdout.readline()
        process.stdin.close()
        assert process.stdout.read() == b""
    assert header.startswith(b"capture,packets,time")
    assert row.startswith(b"-,1,1970-01-01T00:00:00")
    assert process.returncode == 0


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_disk_is_full(unbuffered):
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with open("/dev/full", "wb") as full:
        streams = {"stdout": full, "env": environment}
        with _started(CAPTURE, "--format=csv", **streams) as process:
            errors = process.stderr.read().decode().splitlines()
    assert process.returncode == 1
    assert errors[1:] == [
        "mtc: error: standard output cannot be written: No space left on device"
    ]


def _rows(path, *arguments):
    arguments = [*map(str, arguments), f"--output={path}"]
    assert main(["classify", *arguments]) == 0
    return path


def test_parquet_file_holds_the_rows(tmp_path):
    path = _rows(tmp_path / "rows", CAPTURE, "--format=parquet")
    stored = parquet.read_table(path).to_pylist()
    path = _rows(tmp_path / "rows", CAPTURE, "--format=jsonl")
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [row.pop("time").isoformat() for row in stored] == [
        row.pop("time").replace(".000000Z", "+00:00").replace("Z", "+00:00")
        for row in rows
    ]
    assert stored == rows


def test_pipe_and_file_give_the_same(tmp_path, monkeypatch):
    path = _rows(tmp_path / "file", CAPTURE, "--format=csv")
    expected = list(csv.DictReader(path.open()))
    with CAPTURE.open("rb") as file, monkeypatch.context() as patch:
        process = subprocess.Popen(["cat"], stdin=file, stdout=subprocess.PIPE)
        with process, open(process.stdout.fileno(), closefd=False) as stdin:
            patch.setattr(sys, "stdin", stdin)
            path = _rows(tmp_path / "pipe", "-", "--format=csv")
    received = list(csv.DictReader(path.open()))
    assert received == [{**row, "capture": "-"} for row in expected]


@pytest.mark.parametrize(
    ("limit", "packets"),
    [("--packets_per_flow=2", 2), ("--flow_timeout=0.2", 2)],
)
def test_limits_of_flows_in_a_file(limit, packets, tmp_path):
    path = _rows(tmp_path / "rows", CAPTURE, limit, "--format=csv")
    rows = list(csv.DictReader(path.open()))
    assert {row["packets"] for row in rows} == {str(packets)}
    assert len(rows) == 4


def test_flows_beyond_those_held_come_first(tmp_path):
    frames = [
        ethernet(ipv4(udp(b"a", (port, 443)), protocol=17))
        for port in (1, 2, 3, 1)
    ]
    path = tmp_path / "x.pcap"
    path.write_bytes(pcap(frames))
    path = _rows(tmp_path / "rows", path, "--max_flows=1", "--format=csv")
    rows = list(csv.DictReader(path.open()))
    assert [row["source_port"] for row in rows] == ["2", "3", "1"]


def test_interface_that_is_missing(capsys):
    assert main(["classify", "--interface=no-such-one"]) == 1
    line = capsys.readouterr().err.splitlines()[-1]
    # The second where the tests do not run as root.
    assert line in (
        "mtc: error: no-such-one: No such device",
        "mtc: error: no-such-one: to read an interface takes root, or the "
        "capability CAP_NET_RAW",
    )


def test_interrupted_before_a_packet_came():
    with _started("-") as process:
        # The package's model is named when it is looked for; then it is loaded.
        process.stderr.readline()
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        errors = process.stderr.read().decode()
    assert (process.returncode, errors) == (130, "mtc: interrupted\n")


def test_nothing_heavy_is_imported(tmp_path):
    """What keeps the start under a second, libraries of the extras aside."""
    code = (
        "import sys\n"
        "from mtc_tf.cli import main\n"
        f"main(['classify', {str(CAPTURE)!r}, '--output={tmp_path}/rows'])\n"
        "heavy = {'pandas', 'pyarrow', 'scipy', 'sklearn', 'tensorflow'}\n"
        "print(heavy & set(sys.modules))\n"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True
    )
    assert process.stdout == "set()\n"
