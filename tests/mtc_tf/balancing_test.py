import numpy as np
import pytest

from mtc_tf.balancing import cap_packets


def _draw(inside, outside, cap, seed=0):
    vpn = np.arange(inside + outside) < inside
    ids = np.arange(inside + outside, dtype=np.uint64)
    drawn = cap_packets(ids, vpn, seed=seed, cap=cap)
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
    drawn = cap_packets(ids, vpn, seed=5, cap=50)
    again = cap_packets(ids[order], vpn[order], seed=5, cap=50)
    np.testing.assert_array_equal(drawn[order], again)


def test_draw_depends_on_the_seed():
    ids = np.arange(1000, dtype=np.uint64)
    vpn = np.zeros(1000, bool)
    first = cap_packets(ids, vpn, seed=0, cap=500)
    second = cap_packets(ids, vpn, seed=1, cap=500)
    # Two draws of one half each have half of it in common.
    assert 200 < np.count_nonzero(first & second) < 300
