"""The fuzzers with a small budget, and that they find what there is to find."""

import os
import pathlib
import re
import subprocess
import sys

import pytest
from capture_bytes import ipv4
from capture_bytes import pcap
from capture_bytes import tcp
from fuzz import command_line
from fuzz import containers
from fuzz import frames

from mtc_tf.packets import link_layer
from mtc_tf.packets import pcap_frames
from mtc_tf.packets import pcap_runs
from mtc_tf.packets import preprocessing


def test_frames():
    assert sum(frames.fuzz(count=20_000, seed=0)) == 20_000


def test_containers():
    assert sum(containers.fuzz(count=2_000, seed=0)) == 2_000


def test_same_seed_gives_the_same_inputs(monkeypatch):
    tried = []
    monkeypatch.setattr(
        frames, "check_frames", lambda *records: tried.append(records)
    )
    for seed in (1, 1, 2):
        list(frames.fuzz(count=300, seed=seed))
    first, again, other = tried
    assert first == again
    assert first != other


def test_differing_byte_is_found(monkeypatch):
    def one_byte_off(data, ip, transport):
        rows = cut_and_pad(data, ip, transport)
        rows[:, 45] += 1
        return rows

    cut_and_pad = preprocessing.cut_and_pad
    monkeypatch.setattr(preprocessing, "cut_and_pad", one_byte_off)
    frame = ipv4(tcp())
    with pytest.raises(AssertionError, match=f"frame {frame.hex()}: received"):
        frames.check_frames([(b"", 101, 0), (frame, 101, 44)], "strict")


def test_exception_is_found(monkeypatch):
    monkeypatch.setitem(link_layer._READERS, 101, lambda headers: 1 / 0)
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        frames.check_frames([(ipv4(tcp()), 101, 44)], "paper")


@pytest.mark.parametrize("reader", [pcap_frames, pcap_runs])
def test_exception_of_a_container_is_found(reader, monkeypatch):
    monkeypatch.setattr(reader, "MAX_FRAME_LENGTH", None)
    content = pcap([b"x"])
    with pytest.raises(AssertionError, match=f"{content.hex()}: .*TypeError"):
        containers.check_capture(content)


def test_command_line(monkeypatch, capsys):
    def failing(count, seed):
        yield count // 2
        raise AssertionError(f"seed {seed}: 00ff")

    monkeypatch.setattr("sys.argv", ["fuzz", "--count=4", "--seed=7"])
    assert command_line.run("text", lambda count, seed: iter((2, 2))) == 0
    assert capsys.readouterr().out == "4 inputs of seed 7: none failed\n"
    assert command_line.run("text", failing) == 1
    assert capsys.readouterr().err.endswith("seed 7: 00ff\n")


@pytest.mark.slow
def test_guided_frames():
    process = subprocess.run(
        [sys.executable, "-m", "fuzz.guided_frames", "--count=700"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": "tests"},
        cwd=pathlib.Path(__file__).parents[2],
    )
    assert process.returncode == 0, process.stderr
    assert "Done 700 runs" in process.stderr
    # What is changed reaches what the first frames did not.
    [first] = re.findall(r"INITED cov: \d+ ft: (\d+)", process.stderr)
    [last] = re.findall(r"DONE +cov: \d+ ft: (\d+)", process.stderr)
    assert int(last) > int(first)
