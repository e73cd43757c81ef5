import json

import numpy as np
import pytest

from mtc_tf.data.input_pipeline import load_builder
from mtc_tf.data.input_pipeline import read_columns
from mtc_tf.errors import InputError
from mtc_tf.evaluation.unknown_traffic import unknown_traffic
from mtc_tf.inference.stored_model import load_classifier
from mtc_tf.inference.unknown_scores import SCORE
from mtc_tf.inference.unknown_scores import SCORES
from mtc_tf.runs.run_directory import load_run


def test_left_out_application_is_told_from_the_others(left_out_run):
    run = load_run(left_out_run)
    result = unknown_traffic(run)
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    assert result["left_out"] == "Torrent"
    left_out = run.facts.tasks["application"].index("Torrent")
    builder = load_builder(
        "iscx_vpn_nonvpn/flow", run.info["dataset"]["data_dir"]
    )
    for part in ("validation", "test"):
        columns = read_columns(builder, part, ["packet", "application", "flow"])
        labels, flows = columns["application"], columns["flow"]
        known = (labels >= 0) & (labels != left_out)
        assert list(result[part]) == list(SCORES)
        for figures in result[part].values():
            assert figures["row"]["known"] == known.sum()
            assert figures["row"]["unknown"] == (labels == left_out).sum()
            assert figures["flow"]["known"] == len(np.unique(flows[known]))
        # All flows are shorter than 16, so that rows count alike.
        scores = load_classifier(run.path).predict(columns["packet"])["unknown"]
        ours, theirs = scores[known], scores[labels == left_out]
        above = np.sign(theirs[:, np.newaxis] - ours).mean() / 2 + 0.5
        assert result[part][SCORE]["row"]["auroc"] == pytest.approx(above)
    for figures in result["validation"].values():
        for unit in figures.values():
            assert unit["false_alarms"] <= 0.05


def test_run_that_left_nothing_out(trained_run):
    with pytest.raises(InputError, match="not trained with --leave_out"):
        unknown_traffic(load_run(trained_run))
