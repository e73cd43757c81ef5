import numpy as np
import pytest

from mtc_tf.data.equal_rows import count_in_earlier_parts
from mtc_tf.data.equal_rows import first_of_equal
from mtc_tf.data.equal_rows import packet_ids
from mtc_tf.data.equal_rows import row_ids

TRAIN, VALIDATION, TEST = range(3)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_equal_rows_share_an_id(dtype):
    rows = np.array([[1, 0], [0, 1], [1, -0.0], [1, 1e-30]], dtype)
    first, swapped, same, other = row_ids(rows).tolist()
    assert first == same
    assert len({first, swapped, other}) == 3


def test_ids_of_all_rows_of_many_differ():
    rows = np.stack(np.meshgrid(*[np.arange(40)] * 3), axis=-1).reshape(-1, 3)
    assert len(set(row_ids(rows / 39).tolist())) == 40**3


@pytest.mark.parametrize("length", [16, 1500, 61])
def test_equal_packets_share_an_id(length):
    packets = np.zeros((3, length), np.uint8)
    packets[1, -1] = 1
    first, other, same = packet_ids(packets).tolist()
    assert first == same != other


def test_equal_rows_go_to_the_earliest_part_and_one_of_each_class_stays():
    ids = np.uint64([7, 5, 7, 9, 5, 7, 5])
    classes = np.int8([0, 1, 0, 0, 1, 2, 1])
    parts = np.int8([TEST, TEST, TRAIN, TEST, VALIDATION, TEST, TEST])
    kept, parts = first_of_equal(ids, classes, parts)
    assert kept.tolist() == [0, 1, 3, 5]
    assert parts.tolist() == [TRAIN, VALIDATION, TEST, TRAIN]
    assert parts.dtype == np.int8


def test_rows_that_differ_stay_as_they_are():
    parts = np.int8([TEST, TRAIN, VALIDATION])
    kept, unchanged = first_of_equal(
        np.uint64([3, 2, 1]), np.int8([0, 0, 0]), parts
    )
    assert kept.tolist() == [0, 1, 2]
    assert unchanged.tolist() == parts.tolist()


def test_rows_of_an_earlier_part_are_counted():
    ids = np.uint64([1, 1, 2, 3, 2, 3, 4, 1])
    parts = np.int8(
        [TRAIN, TRAIN, TRAIN, VALIDATION, VALIDATION, TEST, TEST, TEST]
    )
    assert count_in_earlier_parts(ids, parts) == {"validation": 1, "test": 2}
