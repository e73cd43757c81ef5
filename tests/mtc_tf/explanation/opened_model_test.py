import keras
import numpy as np
import pytest
from small_models import small_model

from mtc_tf.explanation.opened_model import OpenedModel


def _packets(model, count=3):
    [symbol] = model.input.values()
    packets = np.random.default_rng(0).integers(
        0, 256, (count, symbol.shape[1]), "uint8"
    )
    packets[:, 0], packets[:, 9] = 0x45, 6
    return packets


def _model(name, **arguments):
    model = small_model(name, **arguments)
    if name == "MTCLite":
        model.adapt(_packets(model, 20))
    return model


def _assert_equal(found, expected):
    assert set(found) == set(expected)
    for task, values in expected.items():
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(found[task]),
            keras.ops.convert_to_numpy(values),
            atol=1e-6,
        )


@pytest.mark.parametrize(
    ("name", "arguments", "shapes"),
    [
        ("MTC", {}, [(3, 24)]),
        ("MTC", {"num_classes": {"traffic_type": 3}}, [(3, 24)]),
        ("MTCLite", {"members": 2}, [(3, 64, 17), (3, 64, 17), (3, 72)]),
        ("MTCLite", {"branches": ["cnn"]}, [(3, 64, 17), (3, 72)]),
        ("MultitaskTransformer", {}, [(3, 24)]),
        ("DeepPacketCNN", {}, [(3, 24)]),
    ],
)
def test_answers_from_the_entries_are_those_to_the_packets(
    name, arguments, shapes
):
    model = _model(name, **arguments)
    opened = OpenedModel(model)
    packets = keras.ops.convert_to_tensor(_packets(model))
    entries = opened.read_entries(packets)
    assert [tuple(entry.shape) for entry in entries] == shapes
    _assert_equal(opened.answer_entries(entries), model({"packet": packets}))


@pytest.mark.parametrize("name", ["MTC", "MTCLite"])
@pytest.mark.parametrize("layer", ["downsampling", "upsampling"])
def test_zeros_are_what_a_silent_layer_gives(name, layer):
    model = _model(name)
    opened = OpenedModel(model)
    packets = keras.ops.convert_to_tensor(_packets(model))
    found = opened.with_zeros([f"block2_{layer}"])(packets)
    whole = model({"packet": packets})
    silent = opened.backbones[0].get_layer(f"block2_{layer}")
    for weight in silent.normalization.trainable_weights:
        weight.assign(keras.ops.zeros_like(weight))
    _assert_equal(found, model({"packet": packets}))
    with pytest.raises(AssertionError):
        _assert_equal(found, whole)
