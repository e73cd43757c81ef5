import numpy as np
import pytest

from mtc_tf.data.row_weights import drawn_counts
from mtc_tf.data.row_weights import row_weights

# Two activities: one flow of 40 packets and one of 2; a flow of 8.
FLOWS = np.repeat([7, 3, 5], [40, 2, 8])
ACTIVITIES = np.repeat([[0, 0], [0, 0], [0, -1]], [40, 2, 8], axis=0)


def _of_each_flow(weights):
    return [weights[FLOWS == flow] for flow in (7, 3, 5)]


def test_without_cap_and_power_all_weigh_the_same():
    np.testing.assert_array_equal(row_weights(FLOWS, ACTIVITIES), np.ones(50))


def test_flow_weighs_as_the_smaller_of_packets_and_cap():
    weights = row_weights(FLOWS, ACTIVITIES, flow_cap=4)
    assert weights.dtype == "float32" and weights.mean() == pytest.approx(1)
    # 4, 2 and 4 of 10, times 50 packets.
    sums = [each.sum() for each in _of_each_flow(weights)]
    assert sums == pytest.approx([20, 10, 20])
    for each in _of_each_flow(weights):
        assert np.ptp(each) == 0


@pytest.mark.parametrize(
    ("power", "expected"),
    # Of capped totals 6 and 4 to the power 1 - class_power.
    [(1.0, [1, 1]), (0.5, [6**0.5, 4**0.5]), (0.0, [6, 4])],
)
def test_power_draws_activities_nearer_to_each_other(power, expected):
    weights = row_weights(FLOWS, ACTIVITIES, flow_cap=4, class_power=power)
    one, two, three = (each.sum() for each in _of_each_flow(weights))
    assert (one + two) / three == pytest.approx(expected[0] / expected[1])
    assert one / two == pytest.approx(2)


def test_power_without_cap_goes_by_packets():
    weights = row_weights(FLOWS, ACTIVITIES, class_power=1.0)
    one, two, three = (each.sum() for each in _of_each_flow(weights))
    assert [one + two, three] == pytest.approx([25, 25])
    assert one / two == pytest.approx(20)


def test_rows_come_in_proportion_to_their_weight():
    weights = np.float32([0.1, 2.5, 1, 0.4, 1])
    drawn = np.stack([drawn_counts(weights, 0, epoch) for epoch in range(4000)])
    assert (drawn.sum(1) == 5).all()
    np.testing.assert_allclose(drawn.mean(0), weights, atol=0.03)
    # Never more than one above or below.
    assert (np.abs(drawn - weights) < 1).all()


def test_many_rows_of_the_same_weight_come_once_each():
    assert (drawn_counts(np.full(100_003, 0.1, "float32"), 3, 1) == 1).all()


def test_rows_without_weight_are_never_drawn():
    # The ends of the last two are one, however the sum is rounded.
    weights = np.float32([0.1] * 7 + [0, 0])
    weights[2] = 0
    for epoch in range(200):
        counts = drawn_counts(weights, 0, epoch)
        assert counts.sum() == len(weights)
        assert not counts[weights == 0].any()


def test_draw_follows_from_seed_and_epoch():
    weights = np.random.default_rng(0).random(100)
    first = drawn_counts(weights, 1, 2)
    np.testing.assert_array_equal(drawn_counts(weights, 1, 2), first)
    for seed, epoch in ((1, 3), (2, 2), (2, 1)):
        assert (drawn_counts(weights, seed, epoch) != first).any()
