"""Builds that were interrupted, and what the next one makes of them."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
import tensorflow_datasets as tfds
from file_contents import file_contents
from iscx_vpn_nonvpn.iscx_vpn_nonvpn_dataset_builder import Builder
from small_captures import DUMMY_DATA
from small_captures import write_small_capture

from mtc_tf.data import capture_builder
from mtc_tf.data import capture_dataset
from mtc_tf.data import capture_scan
from mtc_tf.data import dataset_files
from mtc_tf.data import filled_buckets
from mtc_tf.data.scanned_captures import ScannedCaptures

FOLDER = "iscx_vpn_nonvpn/flow/unfinished.2.0.1"
CAPTURES = 5
LABELS = "capture,application,traffic_type\n*,Phone,VoIP\n"


@pytest.fixture
def captures(tmp_path, monkeypatch):
    # Each capture is a task.
    monkeypatch.setattr(capture_dataset, "_TASK_BYTES", 1)
    return shutil.copytree(DUMMY_DATA, tmp_path / "captures")


@pytest.fixture
def read(monkeypatch):
    """The names of the captures that are read, as they are."""
    names = []
    preprocess_capture = capture_scan.preprocess_capture

    def preprocess(file, *, name, **arguments):
        names.append(name)
        return preprocess_capture(file, name=name, **arguments)

    monkeypatch.setattr(capture_scan, "preprocess_capture", preprocess)
    return names


@pytest.fixture
def encoded(monkeypatch):
    """The names of the captures that are encoded, as they are."""
    names = []
    with_packets = filled_buckets.with_packets

    def encode(capture):
        names.append(capture.name)
        return with_packets(capture)

    monkeypatch.setattr(filled_buckets, "with_packets", encode)
    return names


def _build(captures, data_dir, **options):
    Builder(data_dir=data_dir, config="flow").download_and_prepare(
        download_config=tfds.download.DownloadConfig(
            manual_dir=captures, **options
        )
    )


def _assert_as_built_at_once(captures, data_dir, **options):
    expected = data_dir.with_name("at_once")
    _build(captures, expected, **options)
    assert file_contents(data_dir) == file_contents(expected)
    assert not (data_dir / FOLDER).exists()


def _interrupt(patched, module, name, calls):
    """Has a function interrupted when it is called so often."""
    function = getattr(module, name)
    done = []

    def call(*arguments):
        if len(done) == calls:
            raise KeyboardInterrupt
        done.append(name)
        return function(*arguments)

    patched.setattr(module, name, call)


def _build_in_part(monkeypatch, captures, data_dir, module, name, calls):
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        _interrupt(patched, module, name, calls)
        _build(captures, data_dir)


def test_captures_that_are_read_are_not_read_again(
    captures, read, monkeypatch, tmp_path, capsys
):
    data = tmp_path / "data"
    _build_in_part(monkeypatch, captures, data, ScannedCaptures, "keep", 3)
    before, _ = read[:3], read.clear()
    assert f"the same command goes on from here: {data / FOLDER}" in (
        capsys.readouterr().err
    )
    _build(captures, data)
    assert len(read) == CAPTURES - 3 and not {*read} & {*before}
    errors = capsys.readouterr().err
    assert f"going on from what an earlier build left in {data / FOLDER}\n" in (
        errors
    )
    _assert_as_built_at_once(captures, data)


def test_captures_that_are_read_together(captures, read, monkeypatch, tmp_path):
    data = tmp_path / "data"
    monkeypatch.setattr(capture_dataset, "_TASK_BYTES", 1800)
    _build_in_part(monkeypatch, captures, data, ScannedCaptures, "keep", 1)
    assert len(list(data.rglob("*.spool"))) == 2
    before, _ = read[:2], read.clear()
    _build(captures, data)
    assert len(read) == CAPTURES - 2 and not {*read} & {*before}
    _assert_as_built_at_once(captures, data)


def test_division_is_made_anew(captures, read, monkeypatch, tmp_path):
    data = tmp_path / "data"
    (captures / "labels.csv").write_text(LABELS)
    _build_in_part(monkeypatch, captures, data, filled_buckets, "_keep", 0)
    assert len(list(data.rglob("*.parts"))) == CAPTURES + 1
    read.clear()
    # Another capture moves flows of the others.
    write_small_capture(captures / "another.pcap", flows=40)
    _build(captures, data)
    assert read == ["another"]
    _assert_as_built_at_once(captures, data)


def test_rows_that_are_encoded_are_not_encoded_again(
    captures, read, encoded, monkeypatch, tmp_path
):
    data = tmp_path / "data"
    monkeypatch.setattr(dataset_files, "_TASK_PACKETS", 1)
    _build_in_part(monkeypatch, captures, data, filled_buckets, "_keep", 2)
    before = encoded[:2]
    read.clear()
    encoded.clear()
    _build(captures, data)
    assert read == []
    assert len(encoded) == CAPTURES - 2 and not {*encoded} & {*before}
    _assert_as_built_at_once(captures, data)


def test_shards_alone_are_written(
    captures, read, encoded, monkeypatch, tmp_path
):
    data = tmp_path / "data"
    _build_in_part(
        monkeypatch, captures, data, dataset_files, "write_records", 1
    )
    # Packets take no room beside the rows that hold them.
    assert not list(data.rglob("*.spool"))
    read.clear()
    encoded.clear()
    _build(captures, data)
    assert read == encoded == []
    _assert_as_built_at_once(captures, data)


def test_other_shards_want_the_packets_again(
    captures, read, monkeypatch, tmp_path
):
    data = tmp_path / "data"
    _build_in_part(
        monkeypatch, captures, data, dataset_files, "write_records", 1
    )
    read.clear()
    _build(captures, data, num_shards=3)
    assert len(read) == CAPTURES
    _assert_as_built_at_once(captures, data, num_shards=3)


def _change_capture(captures):
    write_small_capture(captures / "aimchat2.pcap", flows=8)


def _change_one_label(captures):
    with (captures / "labels.csv").open("a") as file:
        file.write("aimchat2,Phone,Chat\n")


def _change_times(captures):
    for path in captures.iterdir():
        os.utime(path, ns=(0, 0))


@pytest.mark.parametrize(
    ("change", "times"),
    [
        (_change_capture, 1),
        (_change_one_label, 1),
        (_change_times, CAPTURES + 1),
        (lambda captures: None, 0),
    ],
)
def test_what_is_changed_is_read_again(
    change, times, captures, read, monkeypatch, tmp_path
):
    data = tmp_path / "data"
    (captures / "labels.csv").write_text(LABELS)
    _build_in_part(monkeypatch, captures, data, filled_buckets, "_keep", 0)
    change(captures)
    read.clear()
    _build(captures, data)
    assert len(read) == times
    _assert_as_built_at_once(captures, data)


def test_capture_that_is_changed_while_it_is_needed(
    captures, monkeypatch, tmp_path
):
    _build_in_part(
        monkeypatch,
        *(captures, tmp_path / "data"),
        *(dataset_files, "write_records", 1),
    )
    with_packets = filled_buckets.with_packets

    def change(capture):
        _change_capture(captures)
        return with_packets(capture)

    monkeypatch.setattr(filled_buckets, "with_packets", change)
    message = "aimchat2.pcap was changed while the dataset was built$"
    with pytest.raises(SystemExit, match=message):
        _build(captures, tmp_path / "data", num_shards=3)


def _cut(path):
    path.write_bytes(path.read_bytes()[:-1])


def _lose(path):
    path.write_bytes(bytes(path.stat().st_size))


def _empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [_cut, _lose, _empty])
@pytest.mark.parametrize("kind", ["spools/*.kept", "spools/*.spool"])
def test_what_a_machine_lost_is_read_again(
    kind, damage, captures, read, monkeypatch, tmp_path
):
    data = tmp_path / "data"
    _build_in_part(monkeypatch, captures, data, filled_buckets, "_fill", 0)
    [first, *_] = sorted((data / FOLDER).glob(kind))
    damage(first)
    read.clear()
    _build(captures, data)
    assert len(read) == 1
    _assert_as_built_at_once(captures, data)


def test_rows_that_a_machine_lost_are_encoded_again(
    captures, encoded, monkeypatch, tmp_path
):
    data = tmp_path / "data"
    _build_in_part(
        monkeypatch, captures, data, dataset_files, "write_records", 0
    )
    [rows] = (data / FOLDER).glob("buckets/*.rows")
    _lose(rows)
    encoded.clear()
    _build(captures, data)
    assert len(encoded) == CAPTURES
    _assert_as_built_at_once(captures, data)


def test_nothing_stays_where_nothing_was_done(captures, monkeypatch, tmp_path):
    data = tmp_path / "data"
    _build_in_part(monkeypatch, captures, data, ScannedCaptures, "keep", 0)
    assert not (data / FOLDER).exists()


def test_build_that_is_at_work_is_left_alone(captures, monkeypatch, tmp_path):
    errors = []
    write_dataset = capture_builder.write_dataset

    def write(*arguments, **more):
        with pytest.raises(SystemExit) as caught:
            _build(captures, tmp_path / "data")
        errors.append(str(caught.value))
        return write_dataset(*arguments, **more)

    monkeypatch.setattr(capture_builder, "write_dataset", write)
    _build(captures, tmp_path / "data")
    assert errors == [
        "iscx_vpn_nonvpn: error: another build is at work in "
        f"{tmp_path / 'data' / FOLDER}; wait for its end"
    ]


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_command_that_is_ended(end, captures, tmp_path):
    (captures / "labels.csv").write_text(LABELS)
    small = (captures / "aimchat2.pcap").read_bytes()
    for number in range(40):
        content = small + 1300 * small[24:]
        (captures / f"aimchat_{number}.pcap").write_bytes(content)
    data = tmp_path / "data"
    command = [
        *(sys.executable, "-m", "mtc_tf.cli", "build", "iscx_vpn_nonvpn"),
        *("--config=flow", f"--manual_dir={captures}", f"--data_dir={data}"),
        "--jobs=2",
    ]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        while len(list((data / FOLDER).glob("spools/*.kept"))) < 3:
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.01)
        process.send_signal(end)
        errors = process.stderr.read()
    assert process.returncode == {signal.SIGINT: 130}.get(end, -end)
    if end == signal.SIGINT:
        assert errors.splitlines() == [
            f"the same command goes on from here: {data / FOLDER}",
            "mtc: interrupted",
        ]
    done = len(list((data / FOLDER).glob("spools/*.kept")))
    again = subprocess.run(command, capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert 3 <= done < 40
    assert again.stderr == (
        f"going on from what an earlier build left in {data / FOLDER}\n"
    )
    _assert_as_built_at_once(captures, data)
