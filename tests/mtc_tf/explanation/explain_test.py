import json

import numpy as np
import pytest

from mtc_tf.data.input_pipeline import load_builder
from mtc_tf.errors import InputError
from mtc_tf.explanation import attribution
from mtc_tf.explanation.drawn_packets import drawn_packets
from mtc_tf.explanation.explain import explain
from mtc_tf.packets.row_fields import ROW_FIELDS
from mtc_tf.runs.model_facts import ModelFacts
from mtc_tf.runs.run_directory import Run
from mtc_tf.runs.run_directory import load_run


@pytest.fixture(scope="module")
def result(trained_run):
    with pytest.MonkeyPatch.context() as patch:
        # The small model is so rough that it would take all of `STEPS`.
        patch.setattr(attribution, "choose_steps", lambda error_of: 16)
        return explain(load_run(trained_run), "test", count=2)


@pytest.mark.slow
def test_result_can_be_written_and_says_where_it_is_from(result, trained_run):
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    assert result["part"] == "test"
    assert result["digests"] == load_run(trained_run).info["digests"]
    assert result["packets"]["attributed"] == 2
    assert 2 < result["packets"]["checked"] <= 16
    assert 2 < result["packets"]["average"] <= 16


@pytest.mark.slow
def test_every_task_has_all_of_it(result):
    assert list(result["tasks"]) == ["application", "traffic_type", "auxiliary"]
    for figures in result["tasks"].values():
        assert figures["steps"] == 16
        total = sum(entry["mean"] for entry in figures["fields"].values())
        of_bytes = sum(entry["mean"] for entry in figures["bytes"])
        assert total == pytest.approx(of_bytes)
        shares = [entry["share"] for entry in figures["bytes"]]
        assert len(shares) == 1500
        assert sum(shares) == pytest.approx(1)
        assert sum(x["packets"] for x in figures["classes"].values()) == 2
        assert "payload" in figures["randomised"]
        assert set(figures["randomised"]) < set(ROW_FIELDS)
        # It is the only class of this field, which all packets share.
        assert "ip.addresses" not in figures["randomised"]
        assert set(figures["without_branch"]) == {"transformer", "cnn"}
        assert len(figures["without_fusion"]) == 7


@pytest.mark.slow
def test_attention_is_said_of_tokens(result):
    attention = result["attention"]
    assert attention["tokens"][0] == "bytes 0-49"
    assert len(attention["tokens"]) == 30
    # The small model has no encoder in the other blocks.
    [shares] = attention["blocks"].values()
    assert sum(shares) == pytest.approx(1)


def test_drawn_packets_are_the_rows_that_are_named(prepared_data_dir):
    builder = load_builder("iscx_vpn_nonvpn/flow", prepared_data_dir)
    examples = list(builder.as_dataset(split="train").as_numpy_iterator())
    flows = np.array([example["flow"] for example in examples])
    rows, packets = drawn_packets(builder, "train", flows, count=3)
    assert len(rows) == 3
    for row, packet in zip(rows, packets, strict=True):
        np.testing.assert_array_equal(packet, examples[row]["packet"])


def test_models_of_records_are_refused(tmp_path):
    facts = ModelFacts({"attack": ["no", "yes"]}, features=("a", "b"))
    with pytest.raises(InputError, match="a model of features; only models of"):
        explain(Run(tmp_path, {}, facts), "test", count=2)
