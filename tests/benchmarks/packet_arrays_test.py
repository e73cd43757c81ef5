import numpy as np
import pytest

from benchmarks.packet_arrays import PAPER_CLASSES
from benchmarks.packet_arrays import draw_arrays
from benchmarks.packet_arrays import read_arrays
from benchmarks.packet_arrays import shuffled_blocks


def _arrays(rows=3):
    packets, labels = draw_arrays(rows)
    return {"packets": packets, **labels}


def test_a_file_is_read_as_written(tmp_path):
    path = tmp_path / "rows.npz"
    arrays = _arrays()
    np.savez(path, **arrays)
    packets, labels = read_arrays(path)
    np.testing.assert_array_equal(packets, arrays["packets"])
    assert list(labels) == list(PAPER_CLASSES)
    for task, values in labels.items():
        np.testing.assert_array_equal(values, arrays[task])


def test_a_task_without_any_label_is_left_out(tmp_path):
    path = tmp_path / "rows.npz"
    np.savez(path, **{**_arrays(), "auxiliary": np.full(3, -1)})
    _, labels = read_arrays(path)
    assert list(labels) == ["application", "traffic_type"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"packets": np.zeros((3, 1500))}, "`packets` of .* must be uint8"),
        ({"packets": np.zeros((3, 9), "uint8")}, "`packets` of .* must be"),
        ({"auxiliary": np.zeros(2, int)}, r"`auxiliary` of .* integers \(3,\)"),
        ({"auxiliary": np.zeros(3)}, r"`auxiliary` of .* must be integers"),
    ],
)
def test_wrong_arrays_are_errors(tmp_path, changed, message):
    path = tmp_path / "rows.npz"
    np.savez(path, **{**_arrays(), **changed})
    with pytest.raises(ValueError, match=message):
        read_arrays(path)


def test_a_missing_array_is_an_error(tmp_path):
    path = tmp_path / "rows.npz"
    np.savez(path, packets=np.zeros((3, 1500), "uint8"))
    with pytest.raises(ValueError, match="no array application, traffic_type"):
        read_arrays(path)


@pytest.mark.parametrize("length", [0, 50, 1000, -10])
def test_a_damaged_file_is_an_error(tmp_path, length):
    path = tmp_path / "rows.npz"
    np.savez(path, **_arrays())
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ValueError, match="rows.npz cannot be read: "):
        read_arrays(path)


def test_one_array_alone_is_an_error(tmp_path):
    path = tmp_path / "rows.npy"
    np.save(path, np.zeros(3))
    with pytest.raises(ValueError, match="rows.npy cannot be read: "):
        read_arrays(path)


def test_drawn_rows_have_the_papers_classes():
    packets, labels = draw_arrays(2000)
    assert packets.shape == (2000, 1500)
    assert {task: values.max() + 1 for task, values in labels.items()} == (
        PAPER_CLASSES
    )


def test_blocks_take_each_row_once_an_epoch_and_span_epochs():
    blocks = shuffled_blocks(rows=6, batch_size=2, steps=2)
    first, second, third = (next(blocks) for _ in range(3))
    assert first.shape == (2, 2)
    # Three batches an epoch: the second block holds the end of the first.
    epochs = np.concatenate([first, second, third]).reshape(2, 6)
    assert [sorted(epoch) for epoch in epochs] == [list(range(6))] * 2
    assert list(epochs[0]) != list(epochs[1])
