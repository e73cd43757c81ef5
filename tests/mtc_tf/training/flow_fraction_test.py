"""Trainings on a share of the flows."""

import pytest

from mtc_tf.data import input_pipeline
from mtc_tf.data import training_batches
from mtc_tf.data.prepared_dataset import PreparedDataset
from mtc_tf.errors import InputError
from mtc_tf.training import sampling
from mtc_tf.training.protocol import Protocol


@pytest.fixture(scope="module")
def source(prepared_data_dir):
    return PreparedDataset(
        input_pipeline.load_builder("iscx_vpn_nonvpn/flow", prepared_data_dir)
    )


def _columns(source):
    return source.columns("train", ["flow", "application", "traffic_type"])


@pytest.mark.parametrize("flow_cap", [0, 2])
def test_whole_flows_weigh_or_do_not(flow_cap, source):
    protocol = Protocol(flow_fraction=0.01, flow_cap=flow_cap)
    weights, _ = sampling.weights_of_rows(source, protocol)
    columns = _columns(source)
    flows = columns.pop("flow")
    used = set(flows[weights > 0])
    assert 0 < len(used) < len(set(flows))
    assert used.isdisjoint(flows[weights == 0])
    # No class is lost.
    for labels in columns.values():
        assert set(labels[weights > 0]) == set(labels)


def test_batches_hold_rows_of_the_share_only(source):
    protocol = Protocol(flow_fraction=0.01)
    weights, _ = sampling.weights_of_rows(source, protocol)
    rows = source.columns("train", ["packet"])["packet"]
    expected = {row.tobytes() for row in rows[weights > 0]}
    batches = training_batches.read_for_training(
        source.builder, (), 8, 0, steps=5, row_weights=weights
    )
    drawn = {
        row.tobytes()
        for inputs, _, _ in batches.take(5)
        for row in inputs["packet"].numpy()
    }
    assert drawn and drawn <= expected


def test_all_flows_are_no_share(source):
    assert sampling.weights_of_rows(source, Protocol()) == (None, {})


def test_validation_part_stays_whole(source):
    protocol = Protocol(flow_fraction=0.01)
    assert sampling.kept_rows(source, "validation", protocol).all()


def test_share_of_what_is_not_left_out(source):
    protocol = Protocol(flow_fraction=0.01, leave_out="Torrent")
    weights, _ = sampling.weights_of_rows(source, protocol)
    labels = _columns(source)["application"]
    torrent = list(source.metadata["classes"]["application"]).index("Torrent")
    assert set(labels[weights > 0]) == set(labels) - {torrent}


def test_records_have_no_flows(prepared_record_dir):
    records = PreparedDataset(
        input_pipeline.load_builder("cicids2017/clean", prepared_record_dir)
    )
    with pytest.raises(InputError, match="received: --flow_fraction=0.5"):
        sampling.check_dataset(records, Protocol(flow_fraction=0.5))
    sampling.check_dataset(records, Protocol())
