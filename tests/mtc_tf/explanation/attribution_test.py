import keras
import numpy as np
import pytest
from small_models import small_model

from mtc_tf.explanation import attribution
from mtc_tf.explanation.attribution import attribute
from mtc_tf.explanation.attribution import mean_entries
from mtc_tf.explanation.integrated_gradients import TOLERANCE
from mtc_tf.explanation.opened_model import OpenedModel

# Of two classes, for three bytes.
WEIGHTS = np.float32([[255, 0], [0, 510], [-255, 0]])


def _linear_model():
    """A model whose answers are weighted sums, not probabilities."""
    packet = keras.Input((3,), dtype="uint8", name="packet")
    values = keras.layers.Rescaling(1 / 255, name="rescaling")(packet)
    dense = keras.layers.Dense(2, use_bias=False, name="application")
    model = keras.Model({"packet": packet}, {"application": dense(values)})
    dense.set_weights([WEIGHTS])
    return OpenedModel(model)


def test_baseline_is_the_mean_packet():
    packets = np.uint8([[0, 51, 255], [102, 51, 0]])
    [mean] = mean_entries(_linear_model(), packets)
    np.testing.assert_allclose(mean, [[0.2, 0.2, 0.5]], atol=1e-6)


def test_linear_answers_are_attributed_by_hand(monkeypatch):
    monkeypatch.setattr(attribution, "PACKETS_PER_BATCH", 2)
    model = _linear_model()
    # The answers are the first class, the second, the first.
    packets = np.uint8([[9, 1, 2], [1, 5, 0], [7, 0, 0]])
    baseline = mean_entries(model, np.uint8([[1, 1, 1]]))
    told = []
    found = attribute(model, "application", baseline, packets, told.append)
    np.testing.assert_array_equal(found.answers, [0, 1, 0])
    expected = [[9 - 1, 0, -(2 - 1)], [0, 2 * (5 - 1), 0], [7 - 1, 0, 1]]
    np.testing.assert_allclose(found.by_byte, expected, atol=1e-4)
    np.testing.assert_allclose(found.differences, [7, 8, 7], atol=1e-4)
    assert found.by_number.shape == (3, 0)
    assert found.error < 1e-6
    assert told == [2, 1]


def test_errors_show_what_does_not_add_up():
    found = attribution.Attributions(
        answers=np.array([0, 0]),
        differences=np.array([1.0, 3.0]),
        by_byte=np.array([[0.5, 0.0], [1.0, 1.0]]),
        by_number=np.array([[0.5], [0.5]]),
        steps=8,
    )
    # 0 and 0.5, of 2 on the average
    assert found.error == pytest.approx(0.125)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["MTC", "MTCLite"])
def test_attributions_are_complete(name, monkeypatch):
    monkeypatch.setattr(attribution, "choose_steps", lambda error_of: 128)
    keras.utils.set_random_seed(0)
    model = small_model(name, {"application": 3})
    [symbol] = model.input.values()
    packets = np.random.default_rng(0).integers(
        0, 256, (6, symbol.shape[1]), "uint8"
    )
    packets[:, 0], packets[:, 9] = 0x45, 6
    if name == "MTCLite":
        model.adapt(packets)
    opened = OpenedModel(model)
    found = attribute(
        opened,
        "application",
        mean_entries(opened, packets[:3]),
        packets,
        lambda rows: None,
    )
    assert np.abs(found.differences).max() > 0.001
    assert found.error < TOLERANCE
    if name == "MTCLite":
        assert found.by_byte.shape == (6, 64)
        assert found.by_number.shape == (6, 18)
        assert np.abs(found.by_number).max() > 0
