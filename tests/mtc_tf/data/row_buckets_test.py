import uuid

import numpy as np
import pytest
from tensorflow_datasets.core import hashing

from mtc_tf.data import row_buckets
from mtc_tf.data.row_buckets import RowBuckets
from mtc_tf.data.row_buckets import row_keys
from mtc_tf.data.row_buckets import sorted_rows
from mtc_tf.errors import InputError

NUMBERS = np.arange(500)


def _fill(folder, buckets=3, step=500):
    """Examples in the order of their keys, and the file that holds them."""
    keys = row_keys("test", "call", NUMBERS)
    examples = [b"%d" % number * (number % 3) for number in NUMBERS]
    path = folder / f"{uuid.uuid4().hex}.rows"
    with RowBuckets(path, {"train": 1, "test": buckets}) as filled:
        for first in range(0, len(NUMBERS), step):
            rows = slice(first, first + step)
            filled.add("test", keys[rows], examples[rows])
    order = np.lexsort((keys[:, 1], keys[:, 0]))
    assert not len(filled.file.blocks["train"])
    return [examples[row] for row in order.tolist()], filled.file


def _sorted(*files):
    return sum(sorted_rows(list(files)), [])


@pytest.mark.parametrize("capture", ["call", "café", r"caf\xe9/../x"])
def test_keys_are_those_of_tfds(capture):
    hasher = hashing.Hasher("train")
    for number, (high, low) in enumerate(
        row_keys("train", capture, np.arange(20, dtype=np.uint32)).tolist()
    ):
        assert hasher.hash_key(f"{capture}/{number}") == high << 64 | low


@pytest.mark.parametrize("step", [1, 7, 500])
@pytest.mark.parametrize("buckets", [1, 6])
def test_buckets_hold_all_rows_in_the_order_of_their_keys(
    buckets, step, tmp_path, monkeypatch
):
    # So that they are written now and then.
    monkeypatch.setattr(row_buckets, "_MOST_WAITING", 99)
    monkeypatch.setattr(row_buckets, "_WAITING_IN_BUCKET", 9)
    expected, file = _fill(tmp_path, buckets, step)
    own = [_sorted(file.of("test", x, x + 1)) for x in range(buckets)]
    assert sum(own, []) == expected
    assert all(own)
    first, rest = file.of("test", 0, 1), file.of("test", 1, buckets)
    assert _sorted(first) + _sorted(rest) == expected
    assert _sorted(file.of("test", 0, buckets)) == expected


def test_rows_of_several_files(tmp_path):
    (expected, _), _ = files = _fill(tmp_path), _fill(tmp_path)
    received = _sorted(*(file.of("test", 0, 3) for _, file in files))
    assert received[::2] == received[1::2] == expected


def test_bucket_without_rows(tmp_path):
    _, file = _fill(tmp_path)
    assert _sorted() == _sorted(file.of("train", 0, 1)) == []


def test_no_more_than_a_bucket_is_held(tmp_path, monkeypatch):
    held = []
    order = row_buckets._order

    def hold(keys):
        held.append(len(keys))
        return order(keys)

    monkeypatch.setattr(row_buckets, "_order", hold)
    _, file = _fill(tmp_path, buckets=10)
    _sorted(file.of("test", 0, 10))
    assert len(held) == 10 and sum(held) == 500 and max(held) < 100


def test_nothing_is_written_after_an_error(tmp_path):
    path = tmp_path / "rows"
    with pytest.raises(KeyError), RowBuckets(path, {"test": 1}) as buckets:
        buckets.add("test", row_keys("test", "call", NUMBERS), [b"x"] * 500)
        raise KeyError
    assert path.read_bytes() == b""


def test_folder_that_is_missing(tmp_path):
    with pytest.raises(InputError, match="none: no room for the rows to wait"):
        _fill(tmp_path / "none")


def test_keys_that_differ_in_their_second_half_alone(tmp_path):
    keys = np.array([[7, 2], [7, 1], [3, 9], [7, 0]], np.uint64)
    with RowBuckets(tmp_path / "rows", {"test": 1}) as buckets:
        buckets.add("test", keys, [b"d", b"c", b"a", b"b"])
    rows = buckets.file.of("test", 0, 1)
    assert _sorted(rows) == [b"a", b"b", b"c", b"d"]
