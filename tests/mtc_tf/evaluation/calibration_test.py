import numpy as np
import pytest
from scipy.special import log_softmax

from mtc_tf.evaluation.calibration import calibration
from mtc_tf.evaluation.calibration import fit_temperature
from mtc_tf.evaluation.calibration import reliability
from mtc_tf.evaluation.calibration import with_temperature


def test_reliability_by_hand():
    # 0.95 is in the last of two bins, 0.45 in the first.
    probabilities = np.array(
        [[0.95, 0.05, 0], [0.95, 0.05, 0], [0.45, 0.3, 0.25], [1.0, 0, 0]]
    )
    weights = np.array([1.0, 1.0, 2.0, 4.0])
    result = reliability(np.array([0, 1, 2, 0]), probabilities, weights, bins=2)
    first, last = result["bins"]
    assert first == {
        "share": 0.25,
        "confidence": pytest.approx(0.45),
        "accuracy": 0.0,
    }
    confidence = (0.95 + 0.95 + 4) / 6
    assert last == {
        "share": 0.75,
        "confidence": pytest.approx(confidence),
        "accuracy": pytest.approx(5 / 6),
    }
    expected = 0.25 * 0.45 + 0.75 * (confidence - 5 / 6)
    assert result["ece"] == pytest.approx(expected)


def test_temperature_by_hand():
    # Says 0.8 and is right in two of three: 4 ** (1 / t) = 2 makes it right.
    probabilities = np.tile([0.8, 0.2], (3, 1))
    truth = np.array([0, 0, 1])
    temperature = fit_temperature(truth, probabilities, np.ones(3))
    assert temperature == pytest.approx(2, rel=0.02)
    np.testing.assert_allclose(
        with_temperature(probabilities, 2.0), [[2 / 3, 1 / 3]] * 3
    )


def test_weights_count_as_so_many_rows():
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.ones(4), 50)
    truth = rng.integers(0, 4, 50)
    times = rng.integers(1, 5, 50)
    rows = np.repeat(np.arange(50), times)
    assert fit_temperature(truth, probabilities, times) == pytest.approx(
        fit_temperature(truth[rows], probabilities[rows], np.ones(len(rows)))
    )
    weighted = reliability(truth, probabilities, times)
    repeated = reliability(truth[rows], probabilities[rows], np.ones(len(rows)))
    assert weighted["ece"] == pytest.approx(repeated["ece"])


def test_power_of_a_softmax_is_that_of_its_logits():
    logits = np.random.default_rng(0).normal(size=(6, 5)) * 4
    probabilities = np.exp(log_softmax(logits, axis=1))
    received = with_temperature(probabilities, 2.5)
    np.testing.assert_allclose(
        received, np.exp(log_softmax(logits / 2.5, axis=1)), atol=1e-9
    )
    # No answer changes.
    assert (received.argmax(1) == probabilities.argmax(1)).all()


def test_model_that_is_too_sure_is_cooled():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(4000, 3)) * 2
    truth = np.array([rng.choice(3, p=np.exp(x)) for x in _logs(logits)])
    sure = np.exp(_logs(logits * 3))
    part = (truth[:2000], sure[:2000], np.ones(2000))
    other = (truth[2000:], sure[2000:], np.ones(2000))
    result = calibration(part, other)
    assert result["temperature"] == pytest.approx(3, rel=0.1)
    for name in ("validation", "evaluated"):
        assert result[name]["after"]["ece"] < result[name]["before"]["ece"] / 3


def _logs(logits):
    return log_softmax(logits, axis=1)


def test_probabilities_of_zero():
    probabilities = np.array([[1.0, 0.0], [1.0, 0.0]])
    temperature = fit_temperature(np.array([0, 1]), probabilities, np.ones(2))
    assert temperature == pytest.approx(4)
    assert np.isfinite(with_temperature(probabilities, temperature)).all()


def test_temperature_is_1_where_nothing_helps():
    # As sure as right.
    probabilities = np.tile([0.75, 0.25], (4, 1))
    truth = np.array([0, 0, 0, 1])
    assert fit_temperature(truth, probabilities, np.ones(4)) == 1
    rng = np.random.default_rng(0)
    for _ in range(20):
        part = (
            rng.integers(0, 3, 30),
            rng.dirichlet(np.ones(3), 30),
            rng.random(30),
        )
        found = calibration(part, part)["validation"]
        assert found["after"]["ece"] <= found["before"]["ece"]


def test_part_without_rows():
    empty = (np.zeros(0, int), np.zeros((0, 2)), np.zeros(0))
    full = (np.array([0]), np.array([[0.5, 0.5]]), np.ones(1))
    assert calibration(empty, full) is None
    assert calibration(full, empty) is None
