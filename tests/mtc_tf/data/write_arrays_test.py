import numpy as np
import pytest

from mtc_tf.data import input_pipeline
from mtc_tf.data.array_file import ArrayFile
from mtc_tf.data.prepared_dataset import PreparedDataset
from mtc_tf.data.write_arrays import write_arrays
from mtc_tf.errors import InputError


@pytest.fixture(scope="module")
def builder(prepared_data_dir):
    return input_pipeline.load_builder(
        "iscx_vpn_nonvpn/flow", prepared_data_dir
    )


def test_rows_labels_and_flows_are_those_of_the_dataset(builder, tmp_path):
    path = tmp_path / "rows.npz"
    rows = write_arrays(builder, path)
    source = ArrayFile(path)
    for part in ("train", "validation", "test"):
        examples = list(builder.as_dataset(part).as_numpy_iterator())
        assert rows[part] == source.rows_of(part) == len(examples)
        received = zip(
            source.rows(part),
            *source.columns(part, ["traffic_type", "flow"]).values(),
            strict=True,
        )
        assert {
            (packet.tobytes(), int(label), int(flow))
            for packet, label, flow in received
        } == {
            (
                example["packet"].tobytes(),
                int(example["traffic_type"]),
                int(example["flow"]),
            )
            for example in examples
        }
    # Tor has an application and no traffic type.
    labels = source.columns("train", ["application", "traffic_type"])
    without = labels["traffic_type"] == -1
    assert np.any(without)
    assert np.all(labels["application"][without] >= 0)


def test_file_says_what_the_dataset_says(builder, tmp_path):
    write_arrays(builder, tmp_path / "rows.npz")
    received, expected = (
        ArrayFile(tmp_path / "rows.npz"),
        PreparedDataset(builder),
    )
    assert received.metadata == expected.metadata
    assert received.kind == expected.kind
    assert received.length == expected.length
    assert expected.dataset.items() <= received.dataset.items()
    np.testing.assert_array_equal(
        received.first_rows("validation", 3),
        expected.first_rows("validation", 3),
    )


def test_part_of_the_rows_and_of_each_row(builder, tmp_path):
    path = tmp_path / "rows.npz"
    write_arrays(builder, path, width=64, fraction=0.5, compress=True)
    source = ArrayFile(path)
    whole = PreparedDataset(builder)
    assert source.rows_of("train") == whole.rows_of("train", 0.5)
    assert source.rows("train").shape[1] == 64
    assert source.dataset["fraction"] == 0.5
    np.testing.assert_array_equal(
        source.rows("train"),
        whole.first_rows("train", source.rows_of("train"))[:, :64],
    )


def test_records_are_written_with_their_scaler(prepared_record_dir, tmp_path):
    builder = input_pipeline.load_builder(
        "cicids2017/clean", prepared_record_dir
    )
    write_arrays(builder, tmp_path / "rows.npz")
    source = ArrayFile(tmp_path / "rows.npz")
    assert source.kind.name == "features"
    assert source.rows("train").dtype == np.float32
    assert source.metadata["scaler"] == builder.info.metadata["scaler"]
    assert not source.has("flow")


def test_rows_that_are_too_short_are_refused(builder, tmp_path):
    with pytest.raises(InputError, match="1500 values; received: --width=1501"):
        write_arrays(builder, tmp_path / "rows.npz", width=1501)
    assert not list(tmp_path.iterdir())
