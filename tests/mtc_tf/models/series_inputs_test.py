import keras
import numpy as np
import pytest

from mtc_tf.features.packet_series import DIRECTION
from mtc_tf.features.packet_series import GAP
from mtc_tf.features.packet_series import POSITION
from mtc_tf.features.packet_series import SIZE
from mtc_tf.models.series_inputs import mean_of_present
from mtc_tf.models.series_inputs import packet_bytes
from mtc_tf.models.series_inputs import presence
from mtc_tf.models.series_inputs import series_input
from mtc_tf.models.series_inputs import series_numbers

SERIES = np.zeros((1, 3, 68), "float32")
SERIES[0, :2, SIZE] = 60, 1500
SERIES[0, 1, [63, DIRECTION, GAP, POSITION]] = 255, 1, 0.25, 11


def _array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def test_input():
    inputs, series = series_input("series", 7)
    assert inputs == {"series": series}
    assert series.shape == (None, 7, 68)


def test_another_input_is_an_error():
    with pytest.raises(ValueError, match="must be 'series': .*'packet'"):
        series_input("packet", 10)


def test_presence_and_bytes():
    assert _array(presence(SERIES)).tolist() == [[1, 1, 0]]
    received = _array(packet_bytes(SERIES))
    assert received.dtype == np.int32
    np.testing.assert_array_equal(received, SERIES[:, :, :64])


def test_numbers():
    [[first, second, absent]] = _array(series_numbers(SERIES))
    # The second packet goes the other way, and is larger.
    assert 0 < first[0] < -second[0] < 1.01
    assert first[1] == first[2] == 0
    assert second[1] == pytest.approx(np.log(250_001) / 16)
    assert second[2] == pytest.approx(np.log(12) / 8)
    assert absent.tolist() == [0, 0, 0]


def test_mean_of_the_packets_that_there_are():
    values = np.arange(12, dtype="float32").reshape(2, 3, 2)
    weights = np.float32([[1, 1, 0], [0, 0, 0]])
    received = _array(mean_of_present(values, weights))
    np.testing.assert_array_equal(received, [[1, 2], [0, 0]])
