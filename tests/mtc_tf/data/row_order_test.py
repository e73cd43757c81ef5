import numpy as np

from mtc_tf.data.row_order import row_order
from mtc_tf.data.row_weights import drawn_counts


def test_epoch_takes_each_row_once_in_an_order_of_its_own():
    first, second = (
        row_order(6, 2, 3, seed=1, epoch=epoch) for epoch in (0, 1)
    )
    assert first.shape == (3, 2)
    assert sorted(first.ravel()) == sorted(second.ravel()) == list(range(6))
    assert first.tolist() != second.tolist()


def test_order_follows_from_seed_and_epoch():
    order = row_order(100, 10, 10, seed=1, epoch=3)
    np.testing.assert_array_equal(order, row_order(100, 10, 10, 1, 3))
    assert order.tolist() != row_order(100, 10, 10, 2, 3).tolist()


def test_shorter_epoch_is_the_beginning_of_a_pass():
    whole = row_order(7, 2, 3, seed=0, epoch=0)
    np.testing.assert_array_equal(row_order(7, 2, 2, 0, 0), whole[:2])


def test_longer_epoch_is_several_passes():
    order = row_order(5, 2, 5, seed=0, epoch=0)
    assert order.shape == (5, 2)
    for one_pass in (order[:2], order[2:4]):
        assert len(set(one_pass.ravel())) == 4


def test_weights_say_how_often_a_row_comes():
    weights = np.array([3.0, 0.5, 0.5, 2.0, 1.0, 1.0])
    order = row_order(6, 6, 1, seed=4, epoch=5, weights=weights)
    np.testing.assert_array_equal(
        np.bincount(order.ravel(), minlength=6), drawn_counts(weights, 4, 5)
    )
