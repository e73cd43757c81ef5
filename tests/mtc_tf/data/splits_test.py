import numpy as np
import pytest

from mtc_tf.data.balancing import PacketCap
from mtc_tf.data.splits import PARTS
from mtc_tf.data.splits import TEST
from mtc_tf.data.splits import TRAIN
from mtc_tf.data.splits import VALIDATION
from mtc_tf.data.splits import _part_sizes
from mtc_tf.data.splits import split_flows
from mtc_tf.data.splits import split_groups
from mtc_tf.data.splits import split_packets
from mtc_tf.data.splits import split_rows


def _shares(parts):
    return np.bincount(parts, minlength=3) / len(parts)


def _parts_of(units, parts):
    return {unit: set(parts[units == unit]) for unit in np.unique(units)}


def test_packets_are_divided_64_16_20():
    parts = split_packets(np.arange(100_000, dtype=np.uint64), seed=0)
    assert PARTS == ("train", "validation", "test")
    np.testing.assert_allclose(_shares(parts), [0.64, 0.16, 0.20], atol=0.005)


def test_packets_stay_where_they_are_when_others_come():
    few = split_packets(np.arange(100, dtype=np.uint64), seed=3)
    many = split_packets(np.arange(1000, dtype=np.uint64), seed=3)
    np.testing.assert_array_equal(few, many[:100])


def test_cap_and_packet_split_are_independent():
    ids = np.arange(100_000, dtype=np.uint64)
    cap = PacketCap(seed=0, cap=20_000)
    cap.add(ids, ids < 0)
    parts = split_packets(ids[cap.drawn(ids, ids < 0)], seed=0)
    np.testing.assert_allclose(_shares(parts), [0.64, 0.16, 0.20], atol=0.01)


def test_flows_are_never_in_two_parts():
    rng = np.random.default_rng(0)
    flows = rng.integers(500, size=5000)
    parts = split_flows(flows, flows % 7, seed=0)
    assert all(len(own) == 1 for own in _parts_of(flows, parts).values())
    first = np.unique(flows, return_index=True)[1]
    np.testing.assert_allclose(
        _shares(parts[first]), [0.64, 0.16, 0.20], atol=0.05
    )


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (1, {TRAIN}),
        (2, {TRAIN, TEST}),
        (3, {TRAIN, VALIDATION, TEST}),
        (4, {TRAIN, VALIDATION, TEST}),
    ],
)
def test_classes_with_few_flows_have_every_part_they_can(count, expected):
    for seed in range(50):
        parts = split_flows(np.arange(count), np.zeros(count, int), seed=seed)
        assert set(parts) == expected


def test_flows_do_not_depend_on_order():
    rng = np.random.default_rng(0)
    flows = rng.integers(2**62, size=100)
    classes = flows % 3
    order = rng.permutation(100)
    parts = split_flows(flows, classes, seed=1)
    again = split_flows(flows[order], classes[order], seed=1)
    np.testing.assert_array_equal(parts[order], again)


def test_new_class_leaves_the_others_alone():
    flows = np.arange(40)
    classes = np.repeat([0, 1], 20)
    before = split_flows(flows[:20], classes[:20], seed=0)
    after = split_flows(flows, classes, seed=0)
    np.testing.assert_array_equal(before, after[:20])


def test_groups_are_never_in_two_parts():
    groups = np.repeat(np.arange(6, dtype=np.uint64), 10)
    flows = np.arange(60)
    classes = np.repeat([0, 1], 30)
    for seed in range(20):
        parts, by_flow = split_groups(groups, flows, classes, seed=seed)
        assert by_flow == []
        assert all(len(own) == 1 for own in _parts_of(groups, parts).values())
        for name in (0, 1):
            assert set(parts[classes == name]) == {TRAIN, VALIDATION, TEST}


def test_single_group_is_split_by_flow():
    groups = np.array([0, 0, 0, 0, 0, 0, 1, 2, 3], np.uint64)
    flows = np.array([0, 0, 1, 1, 2, 2, 3, 4, 5])
    classes = np.array([5, 5, 5, 5, 5, 5, 1, 1, 1])
    parts, by_flow = split_groups(groups, flows, classes, seed=0)
    assert by_flow == [5]
    assert set(parts[:6]) == {TRAIN, VALIDATION, TEST}
    assert all(len(own) == 1 for own in _parts_of(flows, parts).values())


def test_group_of_two_classes_stays_whole():
    # Group 0 is all that class 5 has, but one of four that class 1 has.
    groups = np.array([0, 0, 1, 2, 3], np.uint64)
    classes = np.array([5, 1, 1, 1, 1])
    parts, by_flow = split_groups(groups, np.arange(5), classes, seed=0)
    assert by_flow == []
    assert parts[0] == parts[1]


def test_all_classes_of_a_group_that_is_split_by_flow_are_told():
    # Group 1 counts for class 1, which most groups have; so class 5 has group
    # 0 alone, and class 6 stands in that one, too.
    groups = np.array([0, 0, 0, 0, 1, 1, 2, 3], np.uint64)
    classes = np.array([5, 5, 6, 6, 5, 1, 1, 1])
    parts, by_flow = split_groups(groups, np.arange(8), classes, seed=0)
    assert by_flow == [5, 6]
    assert set(parts[:4]) == {TRAIN, VALIDATION, TEST}
    assert parts[4] == parts[5]


def test_rows_are_divided_within_each_class():
    ids = np.arange(20_000, dtype=np.uint64)
    classes = np.where(ids < 19_990, 0, np.where(ids < 19_997, 1, 2))
    parts = split_rows(ids, classes, seed=0)
    shares = np.bincount(parts[classes == 0]) / 19_990
    np.testing.assert_allclose(shares, [0.64, 0.16, 0.20], atol=0.01)
    for name in (1, 2):
        assert set(parts[classes == name]) == {0, 1, 2}
    # Neither the order nor the other rows matter.
    backwards = split_rows(ids[::-1], classes[::-1], seed=0)
    np.testing.assert_array_equal(backwards[::-1], parts)
    assert not np.array_equal(split_rows(ids, classes, seed=1), parts)


@pytest.mark.parametrize(
    ("fractions", "tests", "others"),
    [
        # The hashes decide: three below 0.20, two more below 0.36.
        ([0.0, 0.1, 0.19, 0.21, 0.35, 0.37, 0.9, 0.95], 3, 5),
        # None is below: one goes to test and one to validation all the same.
        ([0.4, 0.5, 0.6, 0.7, 0.8], 1, 2),
        # All are below: one is kept for each other part.
        ([0.0, 0.01, 0.02, 0.03, 0.04], 3, 4),
        ([0.5, 0.6], 1, 1),
        ([0.0], 0, 0),
        ([0.9], 0, 0),
        ([], 0, 0),
    ],
)
def test_bounds_move_as_far_as_the_parts_need(fractions, tests, others):
    assert _part_sizes(np.array(fractions)) == (tests, others)


def test_parts_take_one_byte_a_row():
    ids = np.arange(10, dtype=np.uint64)
    assert split_packets(ids, seed=0).dtype == np.int8
    assert split_rows(ids, np.zeros(10, int), seed=0).dtype == np.int8
