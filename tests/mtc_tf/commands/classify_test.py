"""`mtc classify`, by its function and as a process."""

import csv
import gzip
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from capture_bytes import ethernet
from capture_bytes import ipv4
from capture_bytes import pcap
from capture_bytes import tcp
from classify_notes import assert_same_answers
from classify_notes import without_rate
from small_captures import DUMMY_DATA
from started_command import started_within

from mtc_tf.cli import main
from mtc_tf.inference import stored_model
from mtc_tf.inference.stored_model import load_classifier
from mtc_tf.packets import preprocess_capture

# Four flows of three packets.
CAPTURE = DUMMY_DATA / "aimchat2.pcap"
ACK = ethernet(ipv4(tcp(b"")))


@pytest.fixture
def classify(exported_run, capsys):
    """Runs `mtc classify`; returns exit code, standard output and error.

    Without the line that tells the rate.
    """

    def run(*arguments):
        # Of all forms of a model it is the one that is loaded at once.
        tflite = exported_run / "model.tflite"
        model = [] if "--model" in arguments else ["--model", tflite]
        status = main(["classify", *map(str, [*arguments, *model])])
        out, err = capsys.readouterr()
        return status, out, without_rate(err)

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


def test_every_form_of_a_model_gives_the_same(
    classify, trained_run, exported_run
):
    _, of_export, _ = classify(CAPTURE, "--format=jsonl")
    for model in (trained_run, exported_run):
        _, received, _ = classify(CAPTURE, "--format=jsonl", "--model", model)
        assert_same_answers(received, of_export)


def test_reader_that_leaves_early(exported_run):
    with _process(CAPTURE, exported_run / "model.tflite") as process:
        process.stdout.close()
        err = process.stderr.read()
    assert (process.returncode, err) == (0, "")


def test_capture_cut_short_gives_its_packets_and_a_warning(classify, tmp_path):
    path = tmp_path / "cut.pcap"
    path.write_bytes(CAPTURE.read_bytes()[:-5])
    status, out, err = classify(path)
    assert status == 0
    assert len(out.splitlines()) == 1 + 11
    [line] = err.splitlines()
    assert line.startswith(f"mtc: warning: {path}: cut off or damaged at")


@pytest.mark.parametrize(
    ("by", "column", "numbers"),
    [("packet", "packet", [1, 2]), ("flow", "packets", [2])],
)
def test_drops_and_cuts_are_counted(by, column, numbers, classify, tmp_path):
    path = tmp_path / "x.pcap"
    whole = ethernet(ipv4(tcp(b"data")))
    frames = [ACK, whole, whole[:-1], ethernet(b"", ethertype=0x0806), ACK]
    path.write_bytes(pcap(frames))
    status, out, err = classify(path, "--by", by, "--format=jsonl")
    assert status == 0
    rows = [json.loads(line) for line in out.splitlines()]
    assert [row[column] for row in rows] == numbers
    assert err == (
        f"mtc: {path}: 5 read, 2 kept, 1 of them cut off; "
        "dropped: empty_tcp 2, arp 1\n"
    )


def test_folder_stands_for_its_captures(classify, tmp_path):
    (tmp_path / "below").mkdir()
    names = ["dump.pcap", "dump.pcap1", "below/dump.pcap"]
    for name in names:
        (tmp_path / name).write_bytes(CAPTURE.read_bytes())
    (tmp_path / "notes.txt").write_text("about them")
    status, out, err = classify(tmp_path, "--by=flow", "--format=csv")
    assert status == 0
    rows = list(csv.DictReader(out.splitlines()))
    assert [row["capture"] for row in rows[::4]] == [
        str(tmp_path / name) for name in sorted(names)
    ]
    assert err.startswith(
        f"mtc: warning: {tmp_path}/notes.txt: passed over: not a capture"
    )


def test_folder_without_captures(classify, tmp_path):
    status, out, err = classify(tmp_path)
    assert (status, out) == (1, "")
    assert err == (
        f"mtc: error: {tmp_path}: expected captures (pcap or pcapng), found "
        "none\n"
    )


def test_standard_input(classify, monkeypatch):
    content = io.BytesIO(gzip.compress(CAPTURE.read_bytes()))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(content))
    status, out, err = classify("-", "--format=csv")
    assert (status, err) == (0, "")
    rows = list(csv.DictReader(out.splitlines()))
    assert len(rows) == 12
    assert {row["capture"] for row in rows} == {"-"}


def test_standard_input_that_is_no_capture(classify, monkeypatch):
    stdin = io.TextIOWrapper(io.BytesIO(b"hello"))
    monkeypatch.setattr(sys, "stdin", stdin)
    status, out, err = classify("-")
    assert (status, out) == (1, "")
    assert err.startswith("mtc: error: -: not a capture")
    assert err.count("\n") == 1


def test_standard_input_twice(classify):
    status, out, err = classify("-", CAPTURE, "-")
    assert (status, out) == (1, "")
    assert "- is standard input, which can be named once only" in err


def test_name_that_a_terminal_would_obey(classify, tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9\x1b[2J\n.pcap")
    path.write_bytes(CAPTURE.read_bytes()[:-5])
    status, out, err = classify(path)
    assert status == 0
    for line in [*out.splitlines(), *err.splitlines()]:
        assert line.isprintable() and line.isascii()
    assert out.count(rf"{tmp_path}/caf\xe9\x1b[2J\n.pcap  ") == 11
    assert rf"{tmp_path}/caf\xe9\x1b[2J\n.pcap: cut off" in err


def test_class_that_a_spreadsheet_would_compute(
    classify, trained_run, tmp_path
):
    run = tmp_path / "run"
    shutil.copytree(trained_run, run)
    info = json.loads((run / "run.json").read_text("utf-8"))
    tasks = info["tasks"]
    tasks["application"] = [f"=HYPERLINK({number})\x1b" for number in range(17)]
    (run / "run.json").write_text(json.dumps(info))
    _, out, _ = classify(CAPTURE, "--format=csv", "--model", run)
    for row in csv.DictReader(out.splitlines()):
        assert row["application"].startswith("'=HYPERLINK(")
        assert row["application"].endswith(r")\x1b")


def test_capture_without_data_beside_another(classify, tmp_path):
    path = tmp_path / "ack.pcap"
    path.write_bytes(pcap([ACK, ACK]))
    status, out, err = classify(path, CAPTURE)
    assert status == 0
    assert len(out.splitlines()) == 1 + 12
    assert err.splitlines() == [
        f"mtc: {path}: 2 read, 0 kept; dropped: empty_tcp 2",
        f"mtc: warning: {path}: no packet was kept of the 2 read",
    ]


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
    with _process(pipe, exported_run / "model.tflite") as process:
        pipe.write_bytes(CAPTURE.read_bytes())
        out, _ = process.communicate()
    assert process.returncode == 0
    assert len(out.splitlines()) == 1 + 12


@pytest.mark.parametrize(
    "below",
    [pytest.param("saved_model", marks=pytest.mark.slow), "model.tflite"],
)
def test_interrupted(below, exported_run, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with _process(pipe, exported_run / below) as process:
        with pipe.open("wb") as file:  # opens when the reader has come
            file.write(CAPTURE.read_bytes())
            file.flush()
            time.sleep(1)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.splitlines()[-1] == "mtc: interrupted"


def test_tflite_model_answers_within_a_second(exported_run):
    model = f"--model={exported_run / 'model.tflite'}"
    lines, modules = started_within(1, "classify", CAPTURE, model)
    assert len(lines) == 1 + 12
    assert "tensorflow" not in modules


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


def _rejected(model, capsys, *arguments):
    """Rows of `mtc classify --format=jsonl`, and which were rejected."""
    command = ["classify", str(CAPTURE), "--model", str(model), *arguments]
    assert main([*command, "--format=jsonl"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return rows, [row["application"] == "unknown" for row in rows]


@pytest.mark.parametrize("by", ["packet", "flow"])
def test_rows_above_the_score_of_known_traffic_are_unknown(
    by, left_out_run, tmp_path, capsys
):
    run = tmp_path / "run"
    shutil.copytree(left_out_run, run)
    classifier = load_classifier(run)
    [*batches] = preprocess_capture(str(CAPTURE), recipe="strict")
    scores = np.concatenate(
        [classifier.predict(batch.packets)["unknown"] for batch in batches]
    )
    if by == "flow":
        # Four flows of three packets.
        scores = scores.reshape(4, 3).mean(axis=1)
    # As if known traffic had these: one lies above the middle, one does not.
    quantiles = np.linspace(scores.min(), scores.max(), 101).tolist()
    unit = {"packet": "row", "flow": "flow"}[by]
    confidence = json.loads((run / "confidence.json").read_text())
    confidence["unknown"]["quantiles"][unit] = quantiles
    (run / "confidence.json").write_text(json.dumps(confidence))
    expected = (scores > quantiles[50]).tolist()
    assert set(expected) == {False, True}
    rows, is_unknown = _rejected(run, capsys, f"--by={by}", "--reject=0.5")
    assert is_unknown == expected
    answered, _ = _rejected(run, capsys, f"--by={by}")
    for row, other in zip(rows, answered, strict=True):
        if row["application"] == "unknown":
            assert row["traffic_type"] == "unknown"
            assert row["application_probability"] is None
        else:
            assert row == other


@pytest.mark.slow
@pytest.mark.parametrize("by", ["packet", "flow"])
def test_exports_reject_as_the_run(
    by, left_out_run, exported_left_out_run, capsys
):
    arguments = (f"--by={by}", "--reject=0.4")
    rows, is_unknown = _rejected(left_out_run, capsys, *arguments)
    for model in (
        exported_left_out_run,
        exported_left_out_run / "model.tflite",
    ):
        received, same = _rejected(model, capsys, *arguments)
        assert same == is_unknown
        for row, other in zip(received, rows, strict=True):
            assert row == pytest.approx(other, abs=2e-4)


def test_model_without_scores_of_known_traffic(classify):
    status, out, err = classify(CAPTURE, "--reject=0.05")
    assert (status, out) == (1, "")
    [line] = err.splitlines()
    assert "--reject needs a score of unknown traffic, which" in line
    assert "run `mtc evaluate` on the run, and export it again" in line


@pytest.mark.parametrize("rate", ["0", "1", "-0.1", "5%", "nan"])
def test_rate_that_is_no_share(rate, classify, capsys):
    with pytest.raises(SystemExit):
        classify(CAPTURE, f"--reject={rate}")
    err = capsys.readouterr().err
    assert f"expected a share above 0 and below 1, received '{rate}'" in err


def test_without_a_model_that_of_the_package_answers(capsys):
    assert main(["classify", str(CAPTURE), "--format=jsonl"]) == 0
    out, err = capsys.readouterr()
    rows = [json.loads(line) for line in out.splitlines()]
    # It is a model of flows.
    assert [row["packets"] for row in rows] == [3, 3, 3, 3]
    first, *_ = err.splitlines()
    assert first.startswith("mtc: the model of the package, of the traffic lab")
    assert "--reject=0.1" in first and first.endswith("README.md")
    main(["classify", str(CAPTURE), "--format=jsonl", "--reject=0.1"])
    assert capsys.readouterr().out == out
    main(["classify", str(CAPTURE), "--format=jsonl", "--reject=0.9"])
    assert "--reject=0.9" in capsys.readouterr().err


def test_package_without_a_model(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(stored_model, "shipped_model", lambda: tmp_path)
    assert main(["classify", str(CAPTURE)]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "this version of mtc_tf comes without a model: give a run" in line
