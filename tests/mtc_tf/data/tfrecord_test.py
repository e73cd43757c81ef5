import pathlib

import pytest
import tensorflow as tf

from mtc_tf.data import tfrecord
from mtc_tf.data.tfrecord import count_records
from mtc_tf.data.tfrecord import read_records
from mtc_tf.data.tfrecord import write_records
from mtc_tf.errors import InputError

# An empty record is one.
RECORDS = [b"one", b"", b"three" * 999, b"one"]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "file"
    write_records(path, iter([RECORDS[:3], RECORDS[3:]]))
    return path


def test_file_is_what_tensorflow_writes(path, tmp_path):
    with tf.io.TFRecordWriter(str(tmp_path / "other")) as writer:
        for record in RECORDS:
            writer.write(record)
    assert path.read_bytes() == (tmp_path / "other").read_bytes()
    assert list(read_records(path)) == RECORDS
    assert count_records(path) == len(RECORDS)


@pytest.mark.parametrize("size", [1, 13, 10_000])
def test_records_are_read_in_blocks_of_any_size(size, path, monkeypatch):
    monkeypatch.setattr(tfrecord, "_READ_BYTES", size)
    assert list(read_records(path)) == RECORDS
    assert count_records(path) == len(RECORDS)


def test_file_without_records(tmp_path):
    write_records(tmp_path / "file", [])
    assert (tmp_path / "file").read_bytes() == b""
    assert list(read_records(tmp_path / "file")) == []


@pytest.mark.parametrize("size", [7, 12, 14, 18])
def test_file_that_ends_within_a_record(path, size):
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(InputError, match="ends within a record"):
        list(read_records(path))
    with pytest.raises(InputError, match="ends within a record"):
        count_records(path)


def test_length_that_is_damaged(path):
    content = bytearray(path.read_bytes())
    content[7] = 0xFF
    path.write_bytes(content)
    with pytest.raises(InputError, match="ends within a record"):
        list(read_records(path))


@pytest.mark.parametrize("place", [12, 14, 15, 18])
def test_record_that_is_damaged(path, place):
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match="file is damaged: a checksum"):
        list(read_records(path))


def test_full_disk():
    with pytest.raises(OSError, match="No space left"):
        write_records(pathlib.Path("/dev/full"), [RECORDS])
