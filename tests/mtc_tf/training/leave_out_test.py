"""Trainings that one application is left out of."""

import numpy as np
import pytest

from mtc_tf.data import input_pipeline
from mtc_tf.data.prepared_dataset import PreparedDataset
from mtc_tf.errors import InputError
from mtc_tf.runs.run_directory import load_run
from mtc_tf.tasks import MISSING_LABEL
from mtc_tf.training import sampling
from mtc_tf.training import trainer
from mtc_tf.training.protocol import Protocol

LEFT_OUT = "Torrent"


@pytest.fixture(scope="module")
def source(prepared_data_dir):
    return PreparedDataset(
        input_pipeline.load_builder("iscx_vpn_nonvpn/flow", prepared_data_dir)
    )


def _is_left_out(source, part):
    labels = source.columns(part, ["application"])["application"]
    names = list(source.metadata["classes"]["application"])
    is_left_out = labels == names.index(LEFT_OUT)
    assert is_left_out.any() and not is_left_out.all()
    return is_left_out


@pytest.mark.parametrize("flow_cap", [0, 2])
def test_its_rows_are_not_drawn(flow_cap, source):
    protocol = Protocol(leave_out=LEFT_OUT, flow_cap=flow_cap)
    weights, _ = sampling.weights_of_rows(source, protocol)
    is_left_out = _is_left_out(source, "train")
    np.testing.assert_array_equal(weights == 0, is_left_out)
    whole, _ = sampling.weights_of_rows(source, Protocol(flow_cap=flow_cap))
    if flow_cap:
        others = weights[~is_left_out] / whole[~is_left_out]
        np.testing.assert_allclose(others, others[0], rtol=1e-6)
    else:
        assert whole is None
        assert set(weights) == {0, 1}


def test_its_rows_count_nothing_in_the_validation(source):
    protocol = Protocol(leave_out=LEFT_OUT, batch_size=5)
    batches = trainer._validation(source, ["traffic_type"], protocol)
    weights = np.concatenate([w["traffic_type"] for _, _, w in batches])
    labels = source.columns("validation", ["traffic_type"])["traffic_type"]
    expected = (labels != MISSING_LABEL) & ~_is_left_out(source, "validation")
    np.testing.assert_array_equal(weights, expected)
    assert len(batches) == -(-len(expected) // 5)


def test_it_is_recorded_and_its_class_stays(left_out_run, source):
    run = load_run(left_out_run)
    assert run.info["protocol"]["leave_out"] == LEFT_OUT
    assert LEFT_OUT in run.facts.tasks["application"]


@pytest.mark.parametrize("name", ["Chess", ""])
def test_application_that_is_none(name, source):
    with pytest.raises(InputError, match="has .*Torrent.*; received"):
        sampling.check_dataset(source, Protocol(leave_out=name))


def test_records_have_no_application(prepared_record_dir):
    records = PreparedDataset(
        input_pipeline.load_builder("cicids2017/clean", prepared_record_dir)
    )
    with pytest.raises(InputError, match="which has none; received"):
        sampling.check_dataset(records, Protocol(leave_out=LEFT_OUT))


def test_nothing_is_left(source, monkeypatch):
    labels = {"application": np.zeros(4, int)}
    monkeypatch.setattr(source, "columns", lambda *_: labels)
    names = source.metadata["classes"]["application"]
    with pytest.raises(InputError, match="leaves no row to train on"):
        sampling.weights_of_rows(source, Protocol(leave_out=names[0]))
