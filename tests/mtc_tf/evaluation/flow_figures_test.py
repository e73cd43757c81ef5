import json

import numpy as np
import pytest
from sklearn.metrics import f1_score

from mtc_tf.evaluation.flow_figures import LEAST_PROBABILITY
from mtc_tf.evaluation.flow_figures import VOTES
from mtc_tf.evaluation.flow_figures import flow_figures
from mtc_tf.evaluation.flow_figures import row_figures

# Flow 7 of class 0 has 32 packets, of which each counts a half; flow 8 of
# class 1 has 2. The first 4 packets of flow 7 are taken for class 1, as is
# one of flow 8 for class 0.
TRUTH = np.array([0] * 32 + [1, 1])
FLOWS = np.array([7] * 32 + [8, 8])
ANSWERS = np.array([1] * 4 + [0] * 28 + [0, 1])
TIMES = np.arange(34.0)


def _probabilities(answers, sure=0.9):
    rows = np.full((len(answers), 2), 1 - sure)
    rows[np.arange(len(answers)), answers] = sure
    return rows


def _figures(probabilities, units=FLOWS, order=None):
    order = np.arange(34) if order is None else order
    columns = (TRUTH, FLOWS, TIMES, units)
    truth, flows, times, units = (column[order] for column in columns)
    return flow_figures(
        truth, {"model": probabilities[order]}, flows, times, units
    )["model"]


def test_packets_of_a_long_flow_count_less():
    values = _figures(_probabilities(ANSWERS)).values
    # Class 0: 28 of 32 found, one more. Class 1: 1 of 2 found, 4 more.
    macro = (2 * 28 / (28 + 32 + 1) + 2 * 1 / (2 + 1 + 4)) / 2
    assert values["macro_f1"] == pytest.approx(macro)
    # The same with halves for flow 7.
    fw16 = (2 * 14 / (14 + 16 + 1) + 2 * 1 / (2 + 1 + 2)) / 2
    assert values["fw16"] == pytest.approx(fw16)
    assert fw16 == pytest.approx(
        f1_score(
            TRUTH,
            ANSWERS,
            average="macro",
            sample_weight=[0.5] * 32 + [1, 1],
        )
    )


def test_flow_votes_by_the_mean_of_its_first_packets():
    sure = np.where(TIMES < 4, 0.99, 0.6)
    probabilities = _probabilities(ANSWERS)
    probabilities[np.arange(34), ANSWERS] = sure
    probabilities[np.arange(34), 1 - ANSWERS] = 1 - sure
    probabilities[32:] = [[0.2, 0.8], [0.3, 0.7]]
    values = _figures(probabilities).values
    # Of the first ten: 4 * .01 + 6 * .6 against 4 * .99 + 6 * .4; of all,
    # 4 * .01 + 28 * .6 against 4 * .99 + 28 * .4.
    assert values["vote_10"] == pytest.approx((0 + 2 / 3) / 2)
    assert values["vote"] == 1


def test_answer_of_a_flow_may_change_with_each_vote():
    # Of flow 0: what its packets give its class, and the mean of the first
    # 1, 3, 5, 10 and 12: .4, .6, .36, .59 and .49.
    likely = np.array([0.4, 0.7, 0.7, *[0.0] * 2, *[0.82] * 5, 0.0, 0.0])
    votes = np.stack([likely, 1 - likely], axis=1)
    flows = np.array([0] * 12 + [1])
    values = flow_figures(
        flows,
        {"model": np.concatenate([votes, [[0.0, 1.0]]])},
        flows,
        np.arange(13.0),
        flows,
    )["model"].values
    # Flow 1 has one packet, which is right.
    right, wrong = 1, pytest.approx((0 + 2 / 3) / 2)
    assert {name: values[name] for name in VOTES} == {
        "vote_1": wrong,
        "vote_3": right,
        "vote_5": wrong,
        "vote_10": right,
        "vote": wrong,
    }


def test_order_on_disk_plays_no_part():
    order = np.random.default_rng(0).permutation(34)
    probabilities = np.random.default_rng(1).random((34, 2))
    values = _figures(probabilities).values
    assert _figures(probabilities, order=order).values == pytest.approx(values)


def test_log_loss_is_weighted_and_finite():
    probabilities = _probabilities(ANSWERS, sure=1.0)
    values = _figures(probabilities).values
    wrong = 4 * 0.5 + 1
    assert values["log_loss"] == pytest.approx(
        -np.log(LEAST_PROBABILITY) * wrong / 18
    )


def test_interval_goes_over_units():
    probabilities = _probabilities(ANSWERS)
    figures = _figures(probabilities).as_json()
    # Both flows give the figure itself, only flow 8 2 * 1 / (2 + 1), only
    # flow 7 2 * 14 / (14 + 16).
    assert figures["fw16"]["interval"] == pytest.approx(
        [figures["fw16"]["value"], 14 / 15]
    )
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures


def test_single_unit_has_figures_and_no_interval():
    figures = _figures(_probabilities(ANSWERS), np.zeros(34)).as_json()
    assert figures["fw16"]["value"] > 0
    assert {figure["interval"] for figure in figures.values()} == {None}


def test_class_with_one_flow_is_missing_in_some_resamples():
    truth = np.array([0] * 20 + [1])
    answers = {"model": _probabilities(np.array([0] * 21))}
    units = np.arange(21)
    figures = flow_figures(truth, answers, units, np.zeros(21), units)
    # Where flow 20 is not drawn, all answers are right.
    assert figures["model"].as_json()["fw16"]["interval"][1] == 1
    assert figures["model"].values["fw16"] == pytest.approx(40 / 41 / 2)


def test_difference_is_taken_on_the_same_resamples():
    generator = np.random.default_rng(0)
    units = np.arange(300)
    truth = generator.integers(2, size=300)
    answers = np.where(generator.random(300) < 0.6, truth, 1 - truth)
    better = answers.copy()
    better[:10] = truth[:10]
    figures = flow_figures(
        truth,
        {"one": _probabilities(answers), "two": _probabilities(better)},
        units,
        np.zeros(300),
        units,
    )
    same = figures["one"].better_than(figures["one"], "fw16")
    assert same == {"difference": 0, "interval": [0, 0]}
    paired = figures["two"].better_than(figures["one"], "fw16")
    assert paired["difference"] > 0
    width = np.ptp(figures["one"].as_json()["fw16"]["interval"])
    assert np.ptp(paired["interval"]) < width / 3


def test_rows_without_flows():
    values = row_figures(TRUTH, {"model": _probabilities(ANSWERS)})["model"]
    assert values.values == {
        "macro_f1": pytest.approx(f1_score(TRUTH, ANSWERS, average="macro")),
        "log_loss": pytest.approx(-(29 * np.log(0.9) + 5 * np.log(0.1)) / 34),
    }
    assert values.as_json()["macro_f1"]["interval"] is None
    assert values.better_than(values, "log_loss") == {
        "difference": 0,
        "interval": None,
    }
