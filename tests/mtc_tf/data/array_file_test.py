import numpy as np
import pytest
from small_arrays import CLASSES
from small_arrays import ROWS
from small_arrays import description
from small_arrays import encoded
from small_arrays import small_arrays
from small_arrays import write_small_arrays

from mtc_tf.data.array_file import DESCRIPTION
from mtc_tf.data.array_file import ArrayFile
from mtc_tf.errors import InputError


@pytest.fixture
def write(tmp_path):
    def write(**changed):
        path = tmp_path / "rows.npz"
        arrays = small_arrays()
        arrays.update(changed.pop("arrays", {}))
        if changed:
            arrays[DESCRIPTION] = encoded(description(**changed))
        np.savez(
            path,
            **{name: x for name, x in arrays.items() if x is not None},
        )
        return path

    return write


def test_file_is_read_as_written(write):
    source, arrays = ArrayFile(write()), small_arrays()
    assert source.kind.name == "packet"
    assert source.length == source.width == 1500
    assert source.metadata["classes"] == CLASSES
    assert source.dataset["config"] == "flow"
    assert "iscx_vpn_nonvpn/flow 2.0.0" in source.name
    for part, count in ROWS.items():
        assert source.rows_of(part) == count
        np.testing.assert_array_equal(
            source.rows(part), arrays[f"{part}/packet"]
        )
        np.testing.assert_array_equal(
            source.columns(part, ["flow"])["flow"], arrays[f"{part}/flow"]
        )
        for task in CLASSES:
            np.testing.assert_array_equal(
                source.columns(part, [task])[task], arrays[f"{part}/{task}"]
            )


def test_share_of_a_part_has_at_least_one_row(write):
    source = ArrayFile(write())
    assert source.rows_of("train", 0.5) == 20
    assert source.rows_of("train", 1e-9) == 1


def test_first_rows_have_the_length_of_the_dataset(tmp_path):
    path = write_small_arrays(tmp_path / "rows.npz", width=64)
    source = ArrayFile(path)
    assert (source.length, source.width) == (1500, 64)
    rows = source.first_rows("validation", 5)
    assert rows.shape == (5, 1500)
    np.testing.assert_array_equal(rows[:, :64], source.rows("validation")[:5])
    assert not rows[:, 64:].any()


def test_records_have_no_flow(write):
    source = ArrayFile(write(has_flows=False, arrays={"train/flow": None}))
    assert not source.has("flow")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"train/packet": None}, "has no array train/packet"),
        ({"test/auxiliary": None}, "has no array test/auxiliary"),
        ({"train/flow": None}, "has no array train/flow"),
        ({DESCRIPTION: None}, "has no array description: expected what `mtc"),
        ({"train/packet": np.zeros((40, 9), "uint8")}, "expected uint8 rows"),
        ({"train/packet": np.zeros((40, 1500))}, "received float64"),
        ({"train/flow": np.zeros(2, int)}, r"expected integers \(40,\)"),
        ({"train/flow": np.zeros(40)}, "received float64"),
        ({"train/auxiliary": np.full(40, 2)}, "expected classes below 2"),
        ({"train/auxiliary": np.full(40, -2)}, "received -2 to -2"),
        (
            {"validation/packet": np.zeros((0, 1500), "uint8")},
            "the part validation holds no rows",
        ),
    ],
)
def test_wrong_arrays_are_refused(write, arrays, message):
    with pytest.raises(InputError, match=message):
        ArrayFile(write(arrays=arrays))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"input": "sound"}, "does not know: 'sound'"),
        ({"width": 0}, "expected a width from 1 to the length 1500"),
        ({"width": 1501}, "received 1501"),
        ({"metadata": {}}, "lacks 'metadata.classes'"),
        ({"dataset": 3}, "does not hold what it should at 'dataset'"),
    ],
)
def test_wrong_descriptions_are_refused(write, changed, message):
    with pytest.raises(InputError, match=message):
        ArrayFile(write(**changed))


@pytest.mark.parametrize("length", [0, 50, 1000, -10])
def test_damaged_file_is_refused(write, length):
    path = write()
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(InputError, match="rows.npz cannot be read: "):
        ArrayFile(path)


def test_changed_byte_is_found(write):
    path = write()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match="rows.npz cannot be read: "):
        ArrayFile(path)


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        ArrayFile(tmp_path / "rows.npz")


def test_one_array_alone_is_refused(tmp_path):
    np.save(tmp_path / "rows.npy", np.zeros(3))
    with pytest.raises(InputError, match="rows.npy cannot be read: "):
        ArrayFile(tmp_path / "rows.npy")
