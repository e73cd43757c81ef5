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


def _fill(folder, shards=3, step=500):
    """Examples in the order of their keys, and the blocks of each shard."""
    keys = row_keys("test", "call", NUMBERS)
    examples = [b"%d" % number * (number % 3) for number in NUMBERS]
    path = folder / f"{uuid.uuid4().hex}.rows"
    with RowBuckets(path, {"train": 1, "test": shards}) as buckets:
        for first in range(0, len(NUMBERS), step):
            rows = slice(first, first + step)
            buckets.add("test", keys[rows], examples[rows])
    order = np.lexsort((keys[:, 1], keys[:, 0]))
    assert {part for part, _ in buckets.blocks} == {"test"}
    blocks = [buckets.blocks["test", shard] for shard in range(shards)]
    return [examples[row] for row in order.tolist()], blocks


def _sorted(blocks):
    return sum(sorted_rows(blocks), [])


@pytest.mark.parametrize("capture", ["call", "café", r"caf\xe9/../x"])
def test_keys_are_those_of_tfds(capture):
    hasher = hashing.Hasher("train")
    for number, (high, low) in enumerate(
        row_keys("train", capture, np.arange(20, dtype=np.uint32)).tolist()
    ):
        assert hasher.hash_key(f"{capture}/{number}") == high << 64 | low


@pytest.mark.parametrize("step", [1, 7, 500])
@pytest.mark.parametrize("shards", [1, 3])
def test_shards_hold_all_rows_in_the_order_of_their_keys(
    shards, step, tmp_path, monkeypatch
):
    # So that they are written now and then.
    monkeypatch.setattr(row_buckets, "_MOST_WAITING", 99)
    expected, blocks = _fill(tmp_path, shards, step)
    own = [_sorted(x) for x in blocks]
    assert sum(own, []) == expected
    assert all(own)


def test_rows_of_several_files(tmp_path):
    expected, [blocks] = _fill(tmp_path, shards=1)
    _, [others] = _fill(tmp_path, shards=1)
    received = _sorted([*blocks, *others])
    assert received[::2] == received[1::2] == expected


def test_shard_without_rows():
    assert list(sorted_rows([])) == []


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
    assert _sorted(buckets.blocks["test", 0]) == [b"a", b"b", b"c", b"d"]
