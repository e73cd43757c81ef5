import dataclasses
import json

import numpy as np
import pytest

from mtc_tf.data.flow_weights import flow_weights
from mtc_tf.data.input_pipeline import load_builder
from mtc_tf.data.input_pipeline import read_columns
from mtc_tf.evaluation import confidence as module
from mtc_tf.evaluation.confidence import fit_confidence
from mtc_tf.inference.keras_model import rows_function
from mtc_tf.inference.stored_model import load_classifier
from mtc_tf.runs.run_directory import load_run


@pytest.fixture(scope="module")
def run(left_out_run):
    return load_run(left_out_run)


@pytest.fixture(scope="module")
def validation(run):
    """The packets that the training knew, with their scores."""
    builder = load_builder(
        "iscx_vpn_nonvpn/flow", run.info["dataset"]["data_dir"]
    )
    columns = read_columns(
        builder, "validation", ["packet", "flow", "application"]
    )
    left_out = run.facts.tasks["application"].index("Torrent")
    labels = columns["application"]
    known = (labels >= 0) & (labels != left_out)
    answers = load_classifier(run.path).predict(columns["packet"][known])
    return columns["flow"][known], answers["unknown"]


def test_temperatures_are_those_of_the_evaluation(run):
    metrics = json.loads((run.path / "metrics.json").read_text("utf-8"))
    assert run.load_confidence().temperatures == {
        task: figures["calibration"]["temperature"]
        for task, figures in metrics["tasks"].items()
    }


def test_known_packets_above_their_quantiles(run, validation):
    flows, scores = validation
    quantiles = run.load_confidence().quantiles["row"]
    assert len(quantiles) == 101
    assert quantiles[0] == pytest.approx(scores.min(), rel=1e-5)
    assert quantiles[-1] == pytest.approx(scores.max(), rel=1e-5)
    weights = flow_weights(flows)
    for place in (50, 80, 95):
        above = np.average(scores > quantiles[place] + 1e-4, weights=weights)
        assert above <= 1 - place / 100 + 1e-9


def test_known_flows_above_their_quantiles(run, validation):
    flows, scores = validation
    means = [scores[flows == flow].mean() for flow in np.unique(flows)]
    quantiles = run.load_confidence().quantiles["flow"]
    assert quantiles[0] == pytest.approx(min(means), rel=1e-5)
    assert quantiles[-1] == pytest.approx(max(means), rel=1e-5)


def test_distance_to_classes_is_kept(run):
    found = fit_confidence(run, {"tasks": {t: {} for t in run.facts.tasks}})
    assert set(found.temperatures.values()) == {1.0}
    # Of the three applications one was left out.
    [classes] = found.classes
    assert len(classes.means) == 2
    assert classes.whitening.shape == (1500, 1500)
    packets = run.load_sample()
    scores = rows_function(run.load_model(), confidence=found)(packets)
    low, high = (found.quantiles["row"][place] for place in (0, -1))
    assert 0 <= low < high
    assert np.isfinite(scores["unknown"]).all()


def test_part_without_a_label(run, monkeypatch):
    facts = module.row_facts

    def without(builder, part, tasks):
        rows = facts(builder, part, tasks)
        return rows | {task: np.full_like(rows[task], -1) for task in tasks}

    monkeypatch.setattr(module, "row_facts", without)
    assert fit_confidence(run, {"tasks": {}}) is None


def test_run_of_an_earlier_version_left_nothing_out(run):
    protocol = dict(run.info["protocol"])
    assert module.left_out_class(run, "application") is not None
    assert module.left_out_class(run, "traffic_type") is None
    del protocol["leave_out"]
    earlier = dataclasses.replace(run, info={**run.info, "protocol": protocol})
    assert module.left_out_class(earlier, "application") is None
