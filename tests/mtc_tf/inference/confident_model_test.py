import numpy as np
import pytest
from small_models import linear_model

from mtc_tf.errors import InputError
from mtc_tf.evaluation import calibration
from mtc_tf.inference.confident_model import confident
from mtc_tf.inference.confident_model import with_temperature
from mtc_tf.runs.confidence import Confidence


def _confidence(score, temperature=2.0):
    return Confidence(
        temperatures={"application": temperature, "traffic_type": 1.0},
        score=score,
        task="application",
        quantiles={},
    )


@pytest.fixture(scope="module")
def model():
    return linear_model({"application": 3, "traffic_type": 2}, "packet", 6)


def test_temperature_divides_logits():
    probabilities = np.float32([[0.8, 0.2], [0.5, 0.5]])
    np.testing.assert_allclose(
        with_temperature(probabilities, 2.0),
        [[2 / 3, 1 / 3], [0.5, 0.5]],
        rtol=1e-6,
    )
    assert with_temperature(probabilities, 1.0) is probabilities


def test_temperature_is_that_of_the_evaluation():
    rng = np.random.default_rng(0)
    probabilities = np.float32(rng.dirichlet(np.full(5, 0.05), 40))
    probabilities[0] = [1, 0, 0, 0, 0]
    for temperature in (0.5, 3.0):
        np.testing.assert_allclose(
            with_temperature(probabilities, temperature),
            calibration.with_temperature(probabilities, temperature),
            atol=1e-5,
        )


def test_outputs(model):
    packets = np.random.default_rng(0).integers(0, 256, (4, 6), np.uint8)
    raw = model({"packet": packets})
    answers = confident(model, _confidence("maximum_probability"))(
        {"packet": packets}
    )
    assert sorted(answers) == ["application", "traffic_type", "unknown"]
    np.testing.assert_array_equal(answers["traffic_type"], raw["traffic_type"])
    expected = with_temperature(raw["application"], 2.0)
    np.testing.assert_allclose(answers["application"], expected, rtol=1e-6)
    # Of the probabilities with their temperature.
    np.testing.assert_allclose(
        answers["unknown"], 1 - np.max(expected, axis=1), rtol=1e-6
    )


def test_energy_knows_no_temperature(model):
    packets = np.random.default_rng(0).integers(0, 256, (4, 6), np.uint8)
    scores = [
        confident(model, _confidence("energy", temperature))(
            {"packet": packets}
        )["unknown"]
        for temperature in (1.0, 2.0)
    ]
    np.testing.assert_array_equal(*scores)
    head = model.get_layer("application")
    logits = packets / 255 @ head.kernel.numpy() + head.bias.numpy()
    np.testing.assert_allclose(
        scores[0], -np.log(np.exp(logits).sum(axis=1)), rtol=1e-5
    )


def test_score_that_is_none(model):
    with pytest.raises(InputError, match="'luck' of unknown traffic is none"):
        confident(model, _confidence("luck"))
