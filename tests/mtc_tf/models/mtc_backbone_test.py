"""Pins the shapes and the sizes of Table 3."""

import re

import keras
import numpy as np
import pytest
from keras.ops import convert_to_numpy

from mtc_tf.models.mtc_backbone import MTCBackbone

SMALL = {
    "num_tokens": 2,
    "hidden_dim": 6,
    "num_heads": 2,
    "num_encoders": (1, 1, 1),
    "intermediate_dim": 4,
}


@pytest.fixture(scope="module")
def backbone():
    return MTCBackbone()


def _shapes(backbone, layer):
    outputs = _as_list(backbone.get_layer(layer).output)
    return [tuple(tensor.shape[1:]) for tensor in outputs]


@pytest.mark.parametrize(
    ("layer", "shapes"),
    [
        ("tokens", [(30, 50)]),
        ("sequence", [(1500, 1)]),
        ("block1_encoder1", [(30, 50)]),
        ("block1_bottleneck1", [(1500, 100), (1500, 50)]),
        ("block2_downsampling", [(30, 50)]),
        ("block2_encoder5", [(30, 50)]),
        ("block2_upsampling", [(1500, 50)]),
        ("block2_bottleneck2", [(1500, 100), (1500, 50)]),
        ("block3_downsampling", [(30, 50)]),
        ("block3_encoder6", [(30, 50)]),
        ("block3_upsampling", [(1500, 100)]),
        ("block3_bottleneck2", [(1500, 200), (1500, 100)]),
    ],
)
def test_shapes_of_table_3(backbone, layer, shapes):
    assert _shapes(backbone, layer) == shapes


# Encoder: attention 3 x (50 x 48 + 48) + 48 x 50 + 50, two normalisations
# 2 x 100, fully connected 50 x 1024 + 1024 and 1024 x 50 + 50.
ENCODER = 9_794 + 200 + 103_474


@pytest.mark.parametrize(
    ("prefix", "parameters"),
    [
        ("block1_encoder", 1 * ENCODER),
        ("block2_encoder", 5 * ENCODER),
        ("block3_encoder", 6 * ENCODER),
        ("block1_bottleneck", 13_550),
        ("block2_bottleneck", 36_600),
        ("block3_bottleneck", 153_400),
        ("block2_downsampling", 50 * 50 + 50 + 100),
        ("block3_downsampling", 100 * 50 + 50 + 100),
        ("block2_upsampling", 50 * 50 + 50 + 200),
        ("block3_upsampling", 50 * 100 + 100 + 400),
        ("block2_merge", 100),
        ("block3_merge", 100),
        ("final_norm", 100),
    ],
)
def test_parameters_of_each_block(backbone, prefix, parameters):
    layers = [
        layer for layer in backbone.layers if layer.name.startswith(prefix)
    ]
    assert sum(layer.count_params() for layer in layers) == parameters


def test_parameters_in_all(backbone):
    assert backbone.count_params() == 1_581_516


def test_bytes_are_divided_by_255(backbone):
    packet = np.array([[0, 51, 255]], "uint8")
    values = backbone.get_layer("rescaling")(packet)
    np.testing.assert_allclose(
        convert_to_numpy(values), [[0.0, 0.2, 1.0]], rtol=1e-6
    )


def _outputs(model, packet):
    return {name: convert_to_numpy(y) for name, y in model(packet).items()}


@pytest.mark.parametrize("norm_first", [True, False])
def test_tokens_leave_the_branch_normalised(norm_first):
    model = MTCBackbone(
        num_tokens=2, hidden_dim=6, num_heads=2, num_encoders=(1, 1, 1),
        intermediate_dim=4, norm_first=norm_first,
    )  # fmt: skip
    packet = {"packet": np.arange(24, dtype="uint8").reshape(2, 12)}
    tokens = _outputs(model, packet)["transformer"]
    np.testing.assert_allclose(tokens.mean(axis=2), 0, atol=1e-5)
    np.testing.assert_allclose(tokens.std(axis=2), 1, atol=1e-3)
    # By the last encoder itself, where it normalises behind the residual.
    names = [layer.name for layer in model.layers]
    assert ("final_norm" in names) == norm_first


def test_copy_of_its_configuration():
    model = MTCBackbone(**SMALL, length=11)
    config = {**model.get_config(), "trainable": False}
    copy = MTCBackbone.from_config(config)
    assert copy.get_config() == config
    assert copy.length == 11
    assert not copy.trainable


def test_each_branch_hears_the_other():
    model = MTCBackbone(**SMALL)
    packet = {"packet": np.arange(24, dtype="uint8").reshape(2, 12)}
    before = _outputs(model, packet)
    first = model.get_layer("block1_bottleneck1")
    first.set_weights([w + 0.3 for w in first.get_weights()])
    after = _outputs(model, packet)
    assert not np.allclose(before["transformer"], after["transformer"])

    before = after
    first = model.get_layer("block1_encoder1")
    rng = np.random.default_rng(0)
    first.set_weights(
        [w + rng.normal(size=w.shape) for w in first.get_weights()]
    )
    after = _outputs(model, packet)
    assert not np.allclose(before["cnn"], after["cnn"])


def test_stem_shortens_the_1d_cnn_branch():
    model = MTCBackbone(stem_strides=10, num_encoders=(1, 1, 1))
    assert model.output["cnn"].shape == (None, 150, 200)
    assert model.output["transformer"].shape == (None, 30, 50)


@pytest.mark.parametrize(
    ("argument", "places"),
    [
        ("encoder_dropout", "block._encoder."),
        ("cnn_dropout", "block._bottleneck.|stem"),
    ],
)
def test_dropout_acts_in_its_branch_alone(argument, places):
    rates = {"encoder_dropout": 0.0, "cnn_dropout": 0.0} | {argument: 0.5}
    model = MTCBackbone(**SMALL, stem_strides=2, **rates)
    rng = np.random.default_rng(0)
    dropping = []
    for layer in model.layers[1:]:
        inputs = [
            rng.normal(size=(2, *tensor.shape[1:])).astype("float32")
            for tensor in _as_list(layer.input)
        ]
        first, again = (
            convert_to_numpy(_as_list(_trained(layer, inputs))[0])
            for _ in range(2)
        )
        if not np.array_equal(first, again):
            dropping.append(layer.name)
    assert dropping == [
        layer.name for layer in model.layers if re.fullmatch(places, layer.name)
    ]
    assert len(dropping) in (3, 6)


def _trained(layer, inputs):
    if isinstance(layer, keras.layers.Add):
        return layer(inputs)
    return layer(*inputs, training=True)


def _as_list(tensors):
    return tensors if isinstance(tensors, (list, tuple)) else [tensors]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_encoders": (1, 5)}, "one number for each of the three"),
        ({"stem_strides": 7}, "`stem_strides` must divide `hidden_dim`"),
    ],
)
def test_wrong_sizes(arguments, message):
    with pytest.raises(ValueError, match=message):
        MTCBackbone(**arguments)
