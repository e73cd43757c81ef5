import numpy as np

from mtc_tf.evaluation.ablation.part_inputs import changed_rows
from mtc_tf.evaluation.ablation.part_inputs import packets_of
from mtc_tf.evaluation.ablation.part_inputs import with_packets
from mtc_tf.features.packet_series import SIZE


def _windows():
    """Two windows of two packets, the last of which is missing."""
    windows = np.zeros((2, 2, 68), np.float32)
    for number, (window, packet) in enumerate([(0, 0), (0, 1), (1, 0)], 1):
        windows[window, packet, :64] = number
        windows[window, packet, SIZE:] = [number * 100, 1, 0.5, packet]
    return {"series": windows}


def test_windows_are_packets_one_after_the_other():
    rows, sizes = packets_of(_windows())
    assert (rows.dtype, rows.shape) == (np.uint8, (4, 64))
    assert rows[:, 0].tolist() == [1, 2, 3, 0]
    assert sizes.tolist() == [100, 200, 300, 0]
    back = with_packets(_windows(), rows, sizes)
    np.testing.assert_array_equal(back["series"], _windows()["series"])


def test_packet_without_a_length_is_still_a_packet():
    rows, sizes = packets_of(_windows())
    windows = with_packets(_windows(), rows, np.zeros_like(sizes))["series"]
    assert windows[..., SIZE].tolist() == [[1, 1], [1, 0]]
    # Direction, gap and position are no bytes.
    assert windows[0, 1, SIZE + 1 :].tolist() == [1, 0.5, 1]


def test_packets_are_their_bytes_and_length():
    inputs = {"packet": np.eye(3, 60, dtype=np.uint8), "length": np.arange(3)}
    rows, sizes = packets_of(inputs)
    assert rows is inputs["packet"]
    other = with_packets(inputs, rows + 1, sizes)
    assert other["packet"][0, 0] == 2
    assert other["length"].tolist() == [0, 1, 2]


def test_rows_that_change():
    inputs = {"packet": np.zeros((3, 60)), "length": np.arange(3)}
    others = {"packet": np.eye(3, 60), "length": np.arange(3)}
    others["packet"][1:] = 0
    others["length"] = np.array([0, 1, 1])
    assert changed_rows(inputs, others).tolist() == [True, False, True]
