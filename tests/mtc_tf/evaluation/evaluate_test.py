import dataclasses
import json
import shutil

import numpy as np
import pytest
from sklearn.metrics import f1_score

from mtc_tf.data.flow_weights import flow_weights
from mtc_tf.data.input_pipeline import load_builder
from mtc_tf.errors import InputError
from mtc_tf.evaluation.baselines.shallow_models import BASELINES
from mtc_tf.evaluation.evaluate import evaluate
from mtc_tf.inference.stored_model import load_classifier
from mtc_tf.runs.run_directory import load_run


@pytest.fixture(scope="module")
def run(trained_run):
    return load_run(trained_run)


def _examples(data_dir, part):
    builder = load_builder("iscx_vpn_nonvpn/flow", data_dir)
    return list(builder.as_dataset(split=part).as_numpy_iterator())


def test_every_task_is_compared_with_its_labels(run, prepared_data_dir):
    result = evaluate(run, "test", baselines=None)
    examples = _examples(prepared_data_dir, "test")
    predicted = load_classifier(run.path).predict(
        np.stack([example["packet"] for example in examples])
    )
    for task, figures in result["tasks"].items():
        labels = np.array([example[task] for example in examples])
        hits = (predicted[task].argmax(axis=1) == labels)[labels >= 0]
        assert figures["rows"] == len(hits) > 0
        assert figures["rows_without_label"] == np.sum(labels < 0)
        assert figures["accuracy"] == pytest.approx(np.mean(hits))
        calibrated = figures["calibration"]
        shares = [x["share"] for x in calibrated["evaluated"]["before"]["bins"]]
        assert sum(shares) == pytest.approx(1)
        validated = calibrated["validation"]
        assert validated["after"]["ece"] <= validated["before"]["ece"]


def test_part_and_origin_are_named(run, prepared_data_dir):
    result = evaluate(run, "validation", baselines=None)
    assert result["part"] == "validation"
    assert result["digests"] == run.info["digests"]
    assert result["tasks"]["application"]["rows"] == len(
        _examples(prepared_data_dir, "validation")
    )


@pytest.mark.slow
def test_dataset_that_was_moved(run, prepared_data_dir, tmp_path):
    moved = tmp_path / "moved"
    shutil.copytree(prepared_data_dir, moved)
    info = {**run.info, "dataset": {**run.info["dataset"], "data_dir": "gone"}}
    lost = dataclasses.replace(run, info=info)
    with pytest.raises(InputError, match="in data_dir 'gone'"):
        evaluate(lost, "test", baselines=None)
    assert evaluate(lost, "test", moved, baselines=None) == evaluate(
        run, "test", baselines=None
    )


@pytest.mark.parametrize("fact", ["digests", "label_map"])
def test_dataset_that_is_another(fact, run):
    changed = dict.fromkeys(run.info[fact], "00")
    other = dataclasses.replace(run, info={**run.info, fact: changed})
    with pytest.raises(InputError, match=f"not what .*: {fact} expected"):
        evaluate(other, "test", baselines=None)


def test_flows_are_counted_and_weighed(run, prepared_data_dir):
    result = evaluate(run, "test", baselines=None)
    examples = _examples(prepared_data_dir, "test")
    predicted = load_classifier(run.path).predict(
        np.stack([example["packet"] for example in examples])
    )
    for task, figures in result["tasks"].items():
        labels = np.array([example[task] for example in examples])
        flows = np.array([example["flow"] for example in examples])
        chosen = labels >= 0
        weights = flow_weights(flows[chosen])
        assert figures["figures"]["fw16"]["value"] == pytest.approx(
            f1_score(
                labels[chosen],
                predicted[task].argmax(axis=1)[chosen],
                labels=np.unique(labels[chosen]),
                average="macro",
                sample_weight=weights,
            )
        )
        assert figures["figures"]["macro_f1"]["value"] == pytest.approx(
            figures["macro"]["f1"]
        )
        assert figures["flows"] == len(np.unique(flows[chosen]))
        assert figures["interval_over"] == "flow"
        assert "baselines" not in figures


def test_intervals_go_over_groups_where_these_are_kept_apart(run, monkeypatch):
    builder = load_builder(
        "iscx_vpn_nonvpn/flow", run.info["dataset"]["data_dir"]
    )
    metadata = {**builder.info.metadata, "split": "capture"}
    monkeypatch.setattr(type(builder.info), "metadata", metadata)
    figures = evaluate(run, "test", baselines=None)["tasks"]["application"]
    assert figures["interval_over"] == "group"
    assert figures["groups"] < figures["flows"]


def test_shallow_models_stand_beside_the_model(run, few_trees):
    result = evaluate(run, "test")
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    for figures in result["tasks"].values():
        baselines = figures["baselines"]
        assert list(baselines) == [*BASELINES["packet"], "trees averaged"]
        best = figures["best_baseline"]
        assert baselines[best]["validation_fw16"] == max(
            baseline["validation_fw16"] for baseline in baselines.values()
        )
        for figure in ("fw16", "log_loss"):
            assert figures["against_best_baseline"][figure]["difference"] == (
                pytest.approx(
                    figures["figures"][figure]["value"]
                    - baselines[best][figure]["value"]
                )
            )
            low, high = figures["averaged_against_trees"][figure]["interval"]
            assert low <= high
        assert set(figures["averaged"]) == set(figures["figures"])


def test_training_part_has_no_baselines(run):
    figures = evaluate(run, "train")["tasks"]["application"]
    assert "figures" in figures
    assert "baselines" not in figures


def test_records_stand_beside_trees(trained_record_run, few_trees):
    result = evaluate(load_run(trained_record_run), "test")
    for figures in result["tasks"].values():
        assert set(figures["figures"]) == {"macro_f1", "log_loss"}
        assert figures["figures"]["macro_f1"] == {
            "value": pytest.approx(figures["macro"]["f1"]),
            "interval": None,
        }
        assert figures["best_baseline"] in figures["baselines"]
        assert figures["baselines"]["boosting"]["macro_f1"]["value"] > 0
        assert "flows" not in figures
