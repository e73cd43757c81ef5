import numpy as np
import pytest

from mtc_tf.data.flow_share import flow_share

# Ten flows of two rows of one activity, one flow of three rows of another.
FLOWS = np.array([*np.repeat(np.arange(10), 2), 70, 70, 70])
ACTIVITIES = np.array([[0, 1]] * 20 + [[2, -1]] * 3)


def _kept(share, seed=0):
    kept = flow_share(FLOWS, ACTIVITIES, share, seed)
    return kept, set(FLOWS[kept])


@pytest.mark.parametrize(
    ("share", "of_ten"), [(0.001, 1), (0.1, 1), (0.3, 3), (0.94, 9), (1.0, 10)]
)
def test_the_same_share_of_each_activity_and_one_flow_at_least(share, of_ten):
    kept, flows = _kept(share)
    assert len(flows) == of_ten + 1
    assert 70 in flows
    # Whole flows.
    assert kept.sum() == 2 * of_ten + 3


def test_smaller_shares_are_within_larger_ones():
    shares = [_kept(share)[1] for share in (0.1, 0.3, 0.5, 1.0)]
    assert all(a < b for a, b in zip(shares, shares[1:], strict=False))


def test_the_seed_and_the_flows_decide():
    assert _kept(0.3)[1] == _kept(0.3)[1]
    assert len({frozenset(_kept(0.3, seed)[1]) for seed in range(9)}) > 3
    order = np.random.default_rng(1).permutation(len(FLOWS))
    kept = flow_share(FLOWS[order], ACTIVITIES[order], 0.3, 0)
    np.testing.assert_array_equal(kept, _kept(0.3)[0][order])
