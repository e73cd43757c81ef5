import io
import os
import subprocess

import pytest
from capture_bytes import ethernet
from capture_bytes import ipv4
from capture_bytes import pcap
from capture_bytes import udp

from mtc_tf.errors import InputError
from mtc_tf.inference.flow_limits import FlowLimits
from mtc_tf.inference.label_stream import flow_limits_of
from mtc_tf.inference.label_stream import label_stream
from mtc_tf.inference.row_classifier import RowClassifier
from mtc_tf.runs.model_facts import ModelFacts

FRAMES = [
    ethernet(ipv4(udp(b"data", (port, 443)), protocol=17))
    for port in (1, 2, 1, 3)
]


def _classifier():
    facts = ModelFacts({"application": ["x"]}, "strict")
    return RowClassifier(
        facts, lambda rows: {"application": [[1.0]] * len(rows)}
    )


def _labelled(file, **arguments):
    """Rows as they come."""
    for block in label_stream(file, _classifier(), **arguments):
        yield from block


@pytest.mark.parametrize("buffering", [0, -1])
def test_rows_come_before_the_pipe_ends(buffering):
    reading, writing = os.pipe()
    with open(reading, "rb", buffering) as file, open(writing, "wb", 0) as sink:
        sink.write(pcap(FRAMES))
        rows = _labelled(file)
        assert next(rows)["packet"] == 0
        rows.close()


def test_process_that_goes_on():
    script = ["sh", "-c", "cat; exec sleep 60"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(script, **pipes) as process:
        process.stdin.write(pcap(FRAMES))
        process.stdin.close()
        rows = _labelled(process.stdout, by="flow", packets_per_flow=2)
        row = next(rows)
        process.terminate()
        assert (row["source_port"], row["packets"]) == (1, 2)
        assert [row["source_port"] for row in rows] == [2, 3]


def test_pipe_with_a_name(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    # So that both ends can be opened, in whatever order.
    with open(os.open(path, os.O_RDWR), "wb", 0) as sink:
        sink.write(pcap(FRAMES))
        row = next(_labelled(path))
    assert row["capture"] == str(path)


@pytest.mark.parametrize(
    ("limits", "packets"),
    [
        ({}, [2, 1, 1]),
        ({"packets_per_flow": 1}, [1, 1, 1]),
    ],
)
def test_limits_of_flows(limits, packets):
    rows = _labelled(io.BytesIO(pcap(FRAMES)), by="flow", **limits)
    assert [row["packets"] for row in rows] == packets


def test_bound_of_flows():
    assert flow_limits_of(max_flows=7).flows == 7
    assert flow_limits_of() == FlowLimits()


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"packets_per_flow": 0}, "packets_per_flow: expected a whole number"),
        ({"max_flows": 2.5}, "max_flows: expected a whole .* received 2.5"),
        ({"flow_timeout": float("nan")}, "flow_timeout: expected seconds abov"),
        ({"flow_timeout": "5"}, "above 0, received '5'"),
    ],
)
def test_limits_that_cannot_be(limits, message):
    with pytest.raises(InputError, match=message):
        flow_limits_of(**limits)


def test_limits_without_flows():
    rows = _labelled(io.BytesIO(), max_flows=None, flow_timeout=1)
    with pytest.raises(InputError, match="^flow_timeout: for rows of flows"):
        next(rows)


def test_paths_of_no_use(tmp_path):
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(InputError, match=f"{path}: (No such|Is a direct)"):
            next(_labelled(path))
