import errno
import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import tensorflow_datasets as tfds
from file_contents import file_contents
from iscx_vpn_nonvpn.iscx_vpn_nonvpn_dataset_builder import Builder
from small_captures import DUMMY_DATA

from mtc_tf.data import build_workers
from mtc_tf.data import capture_builder
from mtc_tf.data import dataset_files
from mtc_tf.data.example_files import read_batches
from mtc_tf.data.input_pipeline import load_builder
from mtc_tf.data.input_pipeline import read_columns
from mtc_tf.data.splits import PARTS
from mtc_tf.errors import InputError

PRIVATE = tfds.core.GeneratorBasedBuilder._generate_splits


def _prepare(data_dir, config="flow", *, jobs=1, file_format=None, **options):
    builder = Builder(data_dir=data_dir, config=config)
    builder.jobs = jobs
    builder.download_and_prepare(
        download_config=tfds.download.DownloadConfig(
            manual_dir=DUMMY_DATA, **options
        ),
        file_format=file_format,
    )
    return builder


def _examples(builder, part):
    return list(tfds.as_numpy(builder.as_dataset(part, shuffle_files=False)))


@pytest.mark.parametrize("config", ["paper", "flow_series"])
def test_files_hold_what_tfds_itself_would_write(config, tmp_path, monkeypatch):
    ours = _prepare(tmp_path / "ours", config)
    monkeypatch.setattr(Builder, "_generate_splits", PRIVATE)
    theirs = _prepare(tmp_path / "theirs", config)
    for part in PARTS:
        pairs = zip(_examples(ours, part), _examples(theirs, part), strict=True)
        for mine, other in pairs:
            assert mine.keys() == other.keys()
            for name, value in mine.items():
                np.testing.assert_array_equal(value, other[name])
                assert np.asarray(value).dtype == np.asarray(other[name]).dtype
        mine, other = (x.info.splits[part] for x in (ours, theirs))
        assert mine.shard_lengths == other.shard_lengths
        assert mine.filenames == other.filenames
    for name in ("features.json", "metadata.json", "application.labels.txt"):
        mine, other = (
            next((tmp_path / x).rglob(f"*{name}")) for x in ("ours", "theirs")
        )
        assert mine.read_bytes() == other.read_bytes()
    mine, other = (
        json.loads(next((tmp_path / x).rglob("dataset_info.json")).read_text())
        for x in ("ours", "theirs")
    )
    for info in (mine, other):
        for split in info["splits"]:
            del split["numBytes"]
    assert mine == other


def test_packets_take_no_room_for_their_zeros(prepared_data_dir):
    files = prepared_data_dir.rglob("*.tfrecord*")
    # 52 bytes and their names and labels, where a row has 1500.
    assert sum(path.stat().st_size for path in files) < 66 * 400


def test_several_processes_write_the_same_bytes(tmp_path):
    _prepare(tmp_path / "one", num_shards=2)
    _prepare(tmp_path / "two", num_shards=2, jobs=2)
    one, two = (file_contents(tmp_path / name) for name in ("one", "two"))
    assert one == two
    assert len(one) > 6


def test_processes_that_the_environment_asks_for(tmp_path, monkeypatch):
    jobs = []

    class Pool(build_workers.WorkerPool):
        def __init__(self, number, folder):
            jobs.append(number)
            super().__init__(1, folder)

    monkeypatch.setattr(build_workers, "WorkerPool", Pool)
    monkeypatch.setenv("MTC_JOBS", "3")
    _prepare(tmp_path / "one", jobs=None)
    _prepare(tmp_path / "two", jobs=2)
    assert jobs == [3, 2]


def test_shards_are_one_order(tmp_path):
    whole = _prepare(tmp_path / "whole")
    cut = _prepare(tmp_path / "cut", num_shards=3)
    split = cut.info.splits["train"]
    assert len(split.shard_lengths) == 3 and all(split.shard_lengths)
    rows, expected = (
        [x["timestamp"].tobytes() for x in _examples(y, "train")]
        for y in (cut, whole)
    )
    assert rows == expected
    # Another way of cutting, and what of it is empty.
    many = _prepare(tmp_path / "many", num_shards=99)
    assert 0 in many.info.splits["train"].shard_lengths
    assert len(_examples(many, "train")) == len(expected)
    names = ["flow", "packet"]
    builder = load_builder("iscx_vpn_nonvpn/flow", tmp_path / "many")
    expected = read_columns(whole, "train", names)
    for name, values in read_columns(builder, "train", names).items():
        np.testing.assert_array_equal(values, expected[name])


def test_buckets_of_a_shard_are_one_order(tmp_path, monkeypatch):
    _prepare(tmp_path / "one", num_shards=2)
    monkeypatch.setattr(dataset_files, "_BUCKET_BYTES", 1000)
    _prepare(tmp_path / "two", num_shards=2)
    assert file_contents(tmp_path / "one") == file_contents(tmp_path / "two")


def test_array_record(tmp_path):
    pytest.importorskip("array_record")
    expected = _examples(_prepare(tmp_path / "other"), "test")
    _prepare(tmp_path / "data", file_format="array_record")
    source = tfds.data_source(
        "iscx_vpn_nonvpn/flow", split="test", data_dir=tmp_path / "data"
    )
    for mine, other in zip(source, expected, strict=True):
        for name, value in mine.items():
            np.testing.assert_array_equal(value, other[name])
    message = "files of the format array_record, .* expected tfrecord"
    with pytest.raises(InputError, match=message):
        load_builder("iscx_vpn_nonvpn/flow", tmp_path / "data")


def test_a_look_at_the_first_rows(tmp_path):
    builder = _prepare(tmp_path, max_examples_per_split=5)
    assert [builder.info.splits[part].num_examples for part in PARTS] == [5] * 3
    assert len(read_columns(builder, "test", ["packet"])["packet"]) == 5


def test_datasets_of_earlier_versions_are_read(
    tmp_path, monkeypatch, prepared_data_dir
):
    whole_rows = capture_builder.as_bytes
    with monkeypatch.context() as earlier:
        earlier.setattr(
            capture_builder,
            "as_bytes",
            lambda shape, dtype, encoding=None: whole_rows(shape, dtype),
        )
        earlier.setattr(Builder, "_generate_splits", PRIVATE)
        data_dir = _prepare(tmp_path).data_dir
    # By what lies there, not by the builder of today.
    old = tfds.builder_from_directory(data_dir)
    new = load_builder("iscx_vpn_nonvpn/flow", prepared_data_dir)
    names = list(new.info.features)
    for part in PARTS:
        expected = read_columns(new, part, names)
        [batch] = read_batches(old, part, names, 1000)
        for received in (read_columns(old, part, names), batch):
            for name, values in expected.items():
                np.testing.assert_array_equal(received[name], values)


# === Faults ===


def _is_clean(data_dir):
    """Nothing that looks like a dataset, whole or half."""
    [left] = (data_dir / "iscx_vpn_nonvpn/flow").iterdir()
    return left.name.startswith("unfinished.")


def test_interrupted_build_leaves_nothing_that_looks_whole(
    tmp_path, monkeypatch
):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(dataset_files, "write_records", interrupt)
    with pytest.raises(KeyboardInterrupt):
        _prepare(tmp_path)
    assert _is_clean(tmp_path)


def test_full_disk_ends_in_one_line(tmp_path, monkeypatch):
    def fail(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(dataset_files, "write_records", fail)
    with pytest.raises(SystemExit) as caught:
        _prepare(tmp_path)
    line = str(caught.value)
    assert line.startswith("iscx_vpn_nonvpn: error: ")
    assert line.endswith(" cannot be written: No space left on device")
    assert _is_clean(tmp_path)


def test_rows_that_are_lost_are_noticed(tmp_path, monkeypatch):
    count = dataset_files.count_records
    message = "the part 'train' should have 42 rows; read back: 41$"
    with (
        monkeypatch.context() as patched,
        pytest.raises(SystemExit, match=message),
    ):
        patched.setattr(
            dataset_files, "count_records", lambda path: count(path) - 1
        )
        _prepare(tmp_path)
    assert _is_clean(tmp_path)
    # What was lost is not gone on with.
    assert not list(tmp_path.rglob("buckets/*.kept"))
    _prepare(tmp_path)


def test_what_lost_workers_left_is_removed(tmp_path, monkeypatch):
    write_dataset = capture_builder.write_dataset

    def write(dataset, paths, *arguments, **more):
        (paths["test"][0].parent / "x.tfrecord.7.part").touch()
        return write_dataset(dataset, paths, *arguments, **more)

    monkeypatch.setattr(capture_builder, "write_dataset", write)
    _prepare(tmp_path)
    assert not list(tmp_path.rglob("*.part"))


def test_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit, match="iscx_vpn_nonvpn: error: .*file"):
        _prepare(tmp_path / "file/data")


def test_rows_wait_beside_the_dataset(tmp_path, monkeypatch):
    seen = []
    write_dataset = capture_builder.write_dataset

    def write(*arguments, folder, **more):
        seen.extend(folder.relative_to(tmp_path).parents)
        seen.extend(folder.parent.glob("spools/*"))
        return write_dataset(*arguments, folder=folder, **more)

    monkeypatch.setattr(capture_builder, "write_dataset", write)
    _prepare(tmp_path)
    below = pathlib.Path("iscx_vpn_nonvpn/flow")
    assert below in seen
    assert len([path for path in seen if path.suffix == ".spool"]) == 1
    [version] = (tmp_path / below).iterdir()
    assert not any(path.is_dir() for path in version.iterdir())


@pytest.mark.slow
def test_readers_need_nothing_of_this_project(prepared_data_dir):
    program = (
        "import sys\n"
        "sys.modules['mtc_tf'] = None\n"
        "import tensorflow_datasets as tfds\n"
        "rows = tfds.load('iscx_vpn_nonvpn/flow', split='test',\n"
        f"    data_dir='{prepared_data_dir}')\n"
        "assert rows.element_spec['packet'].shape == (1500,)\n"
        "assert [row['packet'][0] for row in rows.as_numpy_iterator()] == [\n"
        "    0x45] * 15\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
