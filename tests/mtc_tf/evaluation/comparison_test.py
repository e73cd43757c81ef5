import numpy as np
import pytest

from mtc_tf.evaluation import comparison
from mtc_tf.evaluation.flow_figures import Figures


def _certain(answers):
    return np.eye(2)[answers]


def test_rows_without_a_label_do_not_count():
    rows = {"attack": np.array([0, -1, 1, -1])}
    figures = comparison.task_figures(
        rows, "attack", {"one": _certain([0, 1, 1, 0])}
    )
    assert figures["one"].values["macro_f1"] == 1
    unlabelled = {"attack": np.array([-1, -1])}
    assert comparison.task_figures(unlabelled, "attack", {}) == {}


def test_average_of_model_forest_and_boosting():
    third = np.array([[0.5, 0.5]])
    answers = comparison.with_average(
        _certain([0]),
        {"lower port": third, "forest": _certain([1]), "boosting": third},
    )
    assert list(answers)[0] == comparison.MODEL
    assert answers["lower port"] is third
    np.testing.assert_allclose(answers[comparison.AVERAGED], third)


def _figures(fw16, log_loss):
    return Figures(
        {"fw16": fw16, "log_loss": log_loss},
        {
            "fw16": fw16 + np.array([-0.1, 0, 0.1]),
            "log_loss": log_loss + np.zeros(3),
        },
    )


def test_best_baseline_is_chosen_on_the_validation_part():
    test = {
        comparison.MODEL: _figures(0.5, 1.0),
        "forest": _figures(0.75, 0.5),
        "boosting": _figures(0.25, 0.75),
        "trees averaged": _figures(0.5, 0.5),
        comparison.AVERAGED: _figures(0.625, 0.25),
    }
    validation = {
        "forest": _figures(0.5, 1.0),
        "boosting": _figures(0.75, 1.0),
        "trees averaged": _figures(0.6, 1.0),
    }
    result = comparison.compare(test, validation)
    assert result["best_baseline"] == "boosting"
    assert list(result["baselines"]) == list(validation)
    assert result["baselines"]["boosting"]["validation_fw16"] == 0.75
    assert result["baselines"]["boosting"]["fw16"]["value"] == 0.25
    # On the same resamples, so that their spread goes out.
    assert result["against_best_baseline"] == {
        "fw16": {"difference": 0.25, "interval": [0.25, 0.25]},
        "log_loss": {"difference": 0.25, "interval": [0.25, 0.25]},
    }
    against = result["averaged_against_trees"]
    assert against["fw16"]["difference"] == pytest.approx(0.125)
    assert against["log_loss"]["difference"] == -0.25
    assert result["averaged"]["fw16"]["value"] == 0.625
