import numpy as np
import pytest

from mtc_tf.data.input_pipeline import load_builder
from mtc_tf.data.input_pipeline import read_columns
from mtc_tf.evaluation.baselines import part_rows


@pytest.fixture(scope="module")
def builder(prepared_data_dir):
    return load_builder("iscx_vpn_nonvpn/flow", prepared_data_dir)


def test_first_bytes_and_lengths_in_the_order_on_disk(builder):
    columns = read_columns(builder, "train", ["packet", "length"])
    rows = part_rows.read_rows(builder, "train")
    np.testing.assert_array_equal(rows["packet"], columns["packet"][:, :100])
    np.testing.assert_array_equal(rows["length"], columns["length"])
    assert rows["packet"].base is None


def test_chosen_rows_of_several_batches(builder, monkeypatch):
    monkeypatch.setattr(part_rows, "_READ_ROWS", 5)
    whole = part_rows.read_rows(builder, "train")
    chosen = np.array([0, 4, 5, 11, len(whole["length"]) - 1])
    rows = part_rows.read_rows(builder, "train", chosen)
    for name, values in whole.items():
        np.testing.assert_array_equal(rows[name], values[chosen])


def test_features_of_records(prepared_record_dir):
    builder = load_builder("cicids2017/clean", prepared_record_dir)
    rows = part_rows.read_rows(builder, "test", np.array([1, 3]))
    columns = read_columns(builder, "test", ["features"])
    assert list(rows) == ["features"]
    np.testing.assert_array_equal(rows["features"], columns["features"][[1, 3]])
