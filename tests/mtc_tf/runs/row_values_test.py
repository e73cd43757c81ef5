import numpy as np
import pytest

from mtc_tf.errors import InputError
from mtc_tf.runs.row_values import checked_values


def test_numbers_of_other_types_that_fit():
    received = checked_values("x", [[1.0, 255]], (2,), "uint8")
    assert received.dtype == np.uint8 and received.tolist() == [[1, 255]]
    received = checked_values("x", [1, 2], (), "float32")
    assert received.dtype == np.float32 and received.tolist() == [1, 2]


def test_array_that_fits_is_not_copied():
    rows = np.zeros((2, 3), np.float32)
    assert checked_values("x", rows, (3,), "float32") is rows


@pytest.mark.parametrize("value", [np.inf, np.nan, 1e39])
def test_values_that_are_not_finite(value):
    with pytest.raises(InputError, match="x: a value is no float32: received"):
        checked_values("x", [1.0, value], (), "float32")


@pytest.mark.parametrize(("values", "shape"), [(1, ()), ([], ()), ([1], (2,))])
def test_other_shapes(values, shape):
    with pytest.raises(InputError, match=r"x: expected the shape \(rows"):
        checked_values("x", values, shape, "uint8")
