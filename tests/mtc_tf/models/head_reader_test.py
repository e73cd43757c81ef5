import numpy as np
import pytest
from small_models import linear_model
from small_models import small_model

from mtc_tf.errors import InputError
from mtc_tf.models.head_reader import head_reader

CLASSES = {"application": 3, "traffic_type": 2}


def _softmax(logits):
    exponentials = np.exp(logits - np.max(logits, axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def test_logits_of_one_network():
    model = linear_model(CLASSES, "packet", 6)
    packets = np.random.default_rng(0).integers(0, 256, (4, 6), np.uint8)
    readings = head_reader(model, "application")({"packet": packets})
    [features] = readings.features
    np.testing.assert_allclose(features, packets / 255, rtol=1e-6)
    [logits] = readings.logits
    assert list(readings.probabilities) == list(CLASSES)
    np.testing.assert_allclose(
        readings.probabilities["application"],
        _softmax(np.asarray(logits)),
        atol=1e-6,
    )


def test_logits_of_members():
    model = small_model("MTCLite", members=2)
    rows = np.random.default_rng(0).integers(0, 256, (4, 64), np.uint8)
    model.adapt(rows)
    readings = head_reader(model, "traffic_type")({"packet": rows})
    assert len(readings.logits) == len(readings.features) == 2
    expected = np.mean([_softmax(np.asarray(x)) for x in readings.logits], 0)
    np.testing.assert_allclose(
        readings.probabilities["traffic_type"], expected, atol=1e-6
    )


def test_task_without_a_head():
    model = linear_model(CLASSES, "packet", 6)
    with pytest.raises(InputError, match="has no head 'auxiliary'"):
        head_reader(model, "auxiliary")
