import numpy as np
import pytest
import tensorflow_datasets as tfds
from iscx_vpn_nonvpn.iscx_vpn_nonvpn_dataset_builder import Builder
from small_captures import DUMMY_DATA

from mtc_tf.data.input_pipeline import load_builder
from mtc_tf.data.input_pipeline import read_columns
from mtc_tf.evaluation.baselines import dataset_baselines
from mtc_tf.evaluation.baselines import shallow_models

pytestmark = pytest.mark.usefixtures("few_trees")
NAMES = ["majority", "forest", "boosting", "trees averaged"]


@pytest.fixture
def packets(prepared_data_dir):
    return load_builder("iscx_vpn_nonvpn/flow", prepared_data_dir)


def _classes(builder):
    return dict(builder.info.metadata["classes"])


def test_every_baseline_answers_every_row_with_probabilities(packets):
    tasks = _classes(packets)
    answers = dataset_baselines.baseline_probabilities(
        packets, tasks, ["validation", "test"]
    )
    assert list(answers) == list(tasks)
    for task, names in tasks.items():
        assert list(answers[task]) == [
            *shallow_models.BASELINES["packet"],
            "trees averaged",
        ]
        for parts in answers[task].values():
            for part in ("validation", "test"):
                rows = packets.info.splits[part].num_examples
                assert parts[part].shape == (rows, len(names))
                np.testing.assert_allclose(parts[part].sum(axis=1), 1)


def test_trees_know_the_rows_that_they_were_trained_on(packets):
    tasks = _classes(packets)
    answers = dataset_baselines.baseline_probabilities(
        packets, tasks, ["train"]
    )
    labels = read_columns(packets, "train", tasks)
    for task in tasks:
        has_label = labels[task] >= 0
        answered = answers[task]["forest"]["train"].argmax(axis=1)
        hits = (answered == labels[task])[has_label]
        assert hits.mean() > 0.8


def test_trees_are_averaged(packets):
    tasks = _classes(packets)
    answers = dataset_baselines.baseline_probabilities(packets, tasks, ["test"])
    for task in tasks:
        parts = answers[task]
        mean = (parts["forest"]["test"] + parts["boosting"]["test"]) / 2
        np.testing.assert_allclose(parts["trees averaged"]["test"], mean)


def test_same_answers_again(packets):
    first, again = (
        dataset_baselines.baseline_probabilities(
            packets, _classes(packets), ["test"]
        )
        for _ in range(2)
    )
    np.testing.assert_array_equal(
        first["application"]["forest, one port"]["test"],
        again["application"]["forest, one port"]["test"],
    )


def test_task_with_nothing_to_learn_has_no_baselines(packets, monkeypatch):
    monkeypatch.setattr(
        dataset_baselines,
        "draw_rows",
        lambda flows: np.arange(1),  # of one class
    )
    answers = dataset_baselines.baseline_probabilities(
        packets, _classes(packets), ["test"]
    )
    assert set(map(len, answers.values())) == {0}


def test_windows_of_packets(tmp_path):
    builder = Builder(data_dir=tmp_path, config="flow_series")
    builder.download_and_prepare(
        download_config=tfds.download.DownloadConfig(manual_dir=DUMMY_DATA)
    )
    answers = dataset_baselines.baseline_probabilities(
        builder, _classes(builder), ["test"]
    )
    for task, names in _classes(builder).items():
        assert list(answers[task]) == NAMES
        rows = builder.info.splits["test"].num_examples
        for parts in answers[task].values():
            assert parts["test"].shape == (rows, len(names))


def test_records(prepared_record_dir):
    builder = load_builder("cicids2017/clean", prepared_record_dir)
    answers = dataset_baselines.baseline_probabilities(
        builder, _classes(builder), ["test"]
    )
    assert list(answers["attack"]) == NAMES
    rows = builder.info.splits["test"].num_examples
    assert answers["attack"]["forest"]["test"].shape == (rows, 6)
