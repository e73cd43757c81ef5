import pickle

import numpy as np
import pytest

from mtc_tf.data.balancing import PUBLISHED_RECORDS
from mtc_tf.data.balancing import PacketCap
from mtc_tf.data.balancing import balance_records
from mtc_tf.data.balancing import balanced_counts
from mtc_tf.packets.hashing import hash64


def _drawn(ids, vpn, *, pieces=1, **arguments):
    cap = PacketCap(**arguments)
    for rows in np.array_split(np.arange(len(ids)), pieces):
        cap.add(ids[rows], vpn[rows])
    return cap.drawn(ids, vpn)


def _draw(inside, outside, cap, seed=0):
    vpn = np.arange(inside + outside) < inside
    ids = np.arange(inside + outside, dtype=np.uint64)
    drawn = _drawn(ids, vpn, seed=seed, cap=cap)
    return np.count_nonzero(drawn & vpn), np.count_nonzero(drawn & ~vpn)


@pytest.mark.parametrize(
    ("inside", "outside", "expected"),
    [
        (100, 100, (10, 10)),
        (3, 100, (3, 17)),
        (100, 4, (16, 4)),
        (0, 100, (0, 20)),
        (100, 0, (20, 0)),
        (7, 6, (7, 6)),
        (0, 0, (0, 0)),
    ],
)
def test_sides_share_equally_and_fill_up(inside, outside, expected):
    assert _draw(inside, outside, cap=20) == expected


def test_odd_cap_is_reached():
    assert _draw(100, 100, cap=21) == (11, 10)


def test_draw_does_not_depend_on_order():
    rng = np.random.default_rng(0)
    ids = rng.integers(2**63, size=300).astype(np.uint64)
    vpn = rng.random(300) < 0.3
    order = rng.permutation(300)
    drawn = _drawn(ids, vpn, seed=5, cap=50)
    again = _drawn(ids[order], vpn[order], seed=5, cap=50)
    np.testing.assert_array_equal(drawn[order], again)


@pytest.mark.parametrize("cap", [1, 20, 100, 300, 301])
def test_pieces_are_drawn_from_as_the_whole(cap):
    rng = np.random.default_rng(0)
    ids = rng.integers(2**63, size=300).astype(np.uint64)
    vpn = rng.random(300) < 0.3
    expected = _drawn(ids, vpn, seed=1, cap=cap)
    assert np.count_nonzero(expected) == min(cap, 300)
    for pieces in (2, 7, 300):
        drawn = _drawn(ids, vpn, pieces=pieces, seed=1, cap=cap)
        np.testing.assert_array_equal(drawn, expected)


def test_draw_takes_the_smallest_hashes_of_each_side():
    ids = np.arange(2000, dtype=np.uint64)
    vpn = ids % 2 == 1
    for seed in range(200):
        hashes = hash64(ids, seed=hash64(seed, seed=1))
        smallest = [np.sort(hashes[vpn == side])[:300] for side in (0, 1)]
        drawn = _drawn(ids, vpn, pieces=3, seed=seed, cap=600)
        np.testing.assert_array_equal(drawn, np.isin(hashes, smallest))


def test_draw_holds_little_more_than_it_takes():
    cap = PacketCap(seed=0, cap=1000)
    for first in range(0, 100_000, 100):
        ids = np.arange(first, first + 100, dtype=np.uint64)
        cap.add(ids, ids % 2 == 1)
    # Of 100,000 hashes, 1,000 of each side, and few that wait for them.
    assert len(pickle.dumps(cap)) < 30_000


def test_draw_depends_on_the_seed():
    ids = np.arange(1000, dtype=np.uint64)
    vpn = np.zeros(1000, bool)
    first = _drawn(ids, vpn, seed=0, cap=500)
    second = _drawn(ids, vpn, seed=1, cap=500)
    # Two draws of one half each have half of it in common.
    assert 200 < np.count_nonzero(first & second) < 300


def _clusters(counts):
    """Records of each class around a place of its own."""
    rng = np.random.default_rng(0)
    classes = np.repeat(np.arange(len(counts)), counts)
    rows = classes[:, None] * 10 + rng.random((len(classes), 3))
    return rows.astype(np.float32), classes


@pytest.mark.parametrize("have", [[40, 30, 6], [40, 2, 3], [5, 40, 20]])
def test_every_class_gets_what_it_shall(have):
    rows, classes = _clusters(have)
    wanted = [10, 35, 9]
    balanced, names, sources = balance_records(rows, classes, wanted, seed=0)
    assert np.bincount(names).tolist() == wanted
    real = sources >= 0
    np.testing.assert_array_equal(balanced[real], rows[sources[real]])
    np.testing.assert_array_equal(names[real], classes[sources[real]])
    # A record that is drawn is drawn once.
    assert len(set(sources[real])) == real.sum()
    # Synthetic records lie between those of their class.
    synthetic = balanced[~real] // 10
    np.testing.assert_array_equal(
        synthetic, np.repeat(names[~real], 3).reshape(-1, 3)
    )


def test_single_record_stays_alone_and_a_class_without_records_empty():
    rows, classes = _clusters([9, 1, 0, 9])
    _, names, sources = balance_records(rows, classes, [5, 5, 5, 5], seed=0)
    assert np.bincount(names).tolist() == [5, 1, 0, 5]
    assert (sources >= 0).all()


def test_balancing_depends_on_the_seed_alone():
    rows, classes = _clusters([40, 4])
    one, again, other = (
        balance_records(rows, classes, [20, 20], seed=seed)[0]
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)


def test_published_counts_come_out_for_all_records():
    assert balanced_counts(2_425_691) == {
        name: after for name, (_, after) in PUBLISHED_RECORDS.items()
    }
    # And a subset gets its share, at least one.
    assert balanced_counts(11_661)["Benign"] == 6_394
    assert balanced_counts(20)["Botnet ARES"] == 1
