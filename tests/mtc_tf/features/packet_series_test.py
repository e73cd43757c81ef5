import numpy as np
import pytest

from mtc_tf.features import packet_series as module
from mtc_tf.features.packet_series import mask_series
from mtc_tf.features.packet_series import packet_series
from mtc_tf.packets.row_bits import mask_rows
from mtc_tf.tasks import SERIES


def test_columns():
    packets = np.zeros((2, 1500), np.uint8)
    packets[:, 0] = 0x45
    packets[0, 2:4] = 1, 44  # 300 bytes
    packets[:, 63:65] = 200
    rows = packet_series(packets, [False, True], [0.0, 0.25], [0, 7])
    assert rows.shape == (2, SERIES.columns)
    assert rows.dtype == SERIES.dtype
    np.testing.assert_array_equal(rows[:, :64], packets[:, :64])
    # A length of 0 is no sign that there is no packet.
    assert rows[:, module.SIZE].tolist() == [300, 1]
    assert rows[:, module.DIRECTION].tolist() == [0, 1]
    assert rows[:, module.GAP].tolist() == [0, 0.25]
    assert rows[:, module.POSITION].tolist() == [0, 7]


def test_bytes_alone_are_enough():
    packets = np.random.default_rng(0).integers(0, 256, (5, 90), np.uint8)
    packets[:, 0] = 0x60
    others = (np.zeros(5, bool), np.zeros(5), np.arange(5))
    np.testing.assert_array_equal(
        packet_series(packets[:, :64], *others), packet_series(packets, *others)
    )


@pytest.mark.parametrize("masks", [["ip.length"], ["headers"], ["payload"]])
def test_masked_windows_are_those_of_masked_packets(masks):
    packets = np.random.default_rng(0).integers(1, 256, (3, 64), np.uint8)
    packets[:, 0] = 0x45, 0x60, 0x45
    packets[:, 9] = 6
    others = ([True, False, True], [0.0, 0.5, 2.0], [0, 1, 2])
    windows = np.zeros((1, 5, SERIES.columns), SERIES.dtype)
    windows[0, :3] = packet_series(packets, *others)
    expected = np.zeros_like(windows)
    expected[0, :3] = packet_series(mask_rows(packets, masks), *others)
    masked = mask_series(windows, masks)
    np.testing.assert_array_equal(masked, expected)
    assert masked.dtype == SERIES.dtype
    assert (masked[0, :3] != windows[0, :3]).any(axis=1).all()
    # IPv6 counts its header; a packet without a length is still one.
    if masks == ["ip.length"]:
        assert masked[0, :, module.SIZE].tolist() == [1, 40, 1, 0, 0]
