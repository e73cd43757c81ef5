import dataclasses
import shutil

import numpy as np
import pytest

from mtc_tf.data.input_pipeline import load_builder
from mtc_tf.errors import InputError
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
    result = evaluate(run, "test")
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


def test_part_and_origin_are_named(run, prepared_data_dir):
    result = evaluate(run, "validation")
    assert result["part"] == "validation"
    assert result["digests"] == run.info["digests"]
    assert result["tasks"]["application"]["rows"] == len(
        _examples(prepared_data_dir, "validation")
    )


def test_dataset_that_was_moved(run, prepared_data_dir, tmp_path):
    moved = tmp_path / "moved"
    shutil.copytree(prepared_data_dir, moved)
    info = {**run.info, "dataset": {**run.info["dataset"], "data_dir": "gone"}}
    lost = dataclasses.replace(run, info=info)
    with pytest.raises(InputError, match="in data_dir 'gone'"):
        evaluate(lost, "test")
    assert evaluate(lost, "test", moved) == evaluate(run, "test")


@pytest.mark.parametrize("fact", ["digests", "label_map"])
def test_dataset_that_is_another(fact, run):
    changed = dict.fromkeys(run.info[fact], "00")
    other = dataclasses.replace(run, info={**run.info, fact: changed})
    with pytest.raises(InputError, match=f"not what .*: {fact} expected"):
        evaluate(other, "test")
