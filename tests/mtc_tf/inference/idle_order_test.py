import collections

import numpy as np
import pytest

from mtc_tf.inference import idle_order
from mtc_tf.inference.idle_order import IdleOrder


def test_slots_idle_longest_come_first():
    order = IdleOrder()
    order.see(np.array([0, 1, 2, 3]), np.array([0, 1, 2, 3]))
    order.see(np.array([1]), np.array([4]))
    assert order.take(2).tolist() == [0, 2]
    order.see(np.array([0, 3]), np.array([5, 6]))
    assert order.take(3).tolist() == [1, 0, 3]
    assert order.take(0).tolist() == order.take(-7).tolist() == []


def test_forgotten_slots_are_passed_over():
    order = IdleOrder()
    order.see(np.arange(4), np.arange(4))
    assert order.take(1).tolist() == [0]
    order.forget(np.array([1]))
    assert order.take(2).tolist() == [2, 3]


@pytest.mark.parametrize("share", [1, 16])
def test_order_is_that_of_an_ordered_dict(share, monkeypatch):
    monkeypatch.setattr(idle_order, "_SHARE", share)
    rng = np.random.default_rng(share)
    order, expected, number = IdleOrder(), collections.OrderedDict(), 0
    for _ in range(300):
        slots = rng.permutation(500)[: rng.integers(1, 40)]
        order.see(slots, np.arange(number, number + len(slots)))
        number += len(slots)
        for slot in slots.tolist():
            expected[slot] = None
            expected.move_to_end(slot)
        count = rng.integers(0, min(len(expected), 45))
        oldest = [expected.popitem(last=False)[0] for _ in range(count)]
        assert order.take(count).tolist() == oldest
