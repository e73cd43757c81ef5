import keras
import numpy as np
import pytest
from keras.ops import convert_to_numpy

from mtc_tf.models.mtc_lite_backbone import MTCLiteBackbone

SIZES = {
    "hidden_dim": 64,
    "num_heads": 4,
    "intermediate_dim": 128,
    "encoder_dropout": 0.1,
    "cnn_dropout": 0.1,
}


@pytest.fixture(scope="module")
def backbone():
    return MTCLiteBackbone(18 * 64, **SIZES)


def _inputs(rows=3):
    rng = np.random.default_rng(0)
    return {
        "bytes": rng.integers(0, 256, (rows, 64), "uint8"),
        "fields": rng.random((rows, 18 * 64)).astype("float32"),
    }


def _outputs(model, inputs):
    return {name: convert_to_numpy(y) for name, y in model(inputs).items()}


@pytest.mark.parametrize(
    ("layer", "shapes"),
    [
        ("byte_embedding", [(64, 17)]),
        ("chunks", [(16, 68)]),
        ("tokens", [(16, 64)]),
        ("field_features", [(128,)]),
        ("all_tokens", [(17, 64)]),
        ("block1_encoder", [(17, 64)]),
        ("block1_bottleneck", [(64, 32), (64, 32)]),
        ("block2_downsampling", [(16, 64)]),
        ("block2_upsampling", [(64, 32)]),
        ("block2_bottleneck", [(64, 32), (64, 32)]),
        ("block3_upsampling", [(64, 32)]),
        ("block3_bottleneck", [(64, 64), (64, 32)]),
        ("final_norm", [(17, 64)]),
    ],
)
def test_shapes(backbone, layer, shapes):
    outputs = backbone.get_layer(layer).output
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    assert [tuple(tensor.shape[1:]) for tensor in outputs] == shapes


# Attention 64 x 192 + 192 and 64 x 64 + 64, two normalisations, fully
# connected 64 x 128 + 128 and 128 x 64 + 64.
ENCODER = 12_480 + 4_160 + 2 * 128 + 8_320 + 8_256


@pytest.mark.parametrize(
    ("prefix", "parameters"),
    [
        ("byte_embedding", 256 * 16 + 40 * 256 * 16),
        ("tokens", 68 * 64 + 64),
        ("position_embedding", 16 * 64),
        ("field_features", 1152 * 128 + 128),
        ("field_token", 128 * 64 + 64),
        ("block1_encoder", ENCODER),
        ("block2_encoder", ENCODER),
        ("block3_encoder", ENCODER),
        ("final_norm", 128),
    ],
)
def test_parameters_of_each_part(backbone, prefix, parameters):
    assert backbone.get_layer(prefix).count_params() == parameters


def test_tokens_leave_the_branch_normalised(backbone):
    tokens = _outputs(backbone, _inputs())["transformer"]
    np.testing.assert_allclose(tokens.mean(axis=2), 0, atol=1e-5)
    np.testing.assert_allclose(tokens.std(axis=2), 1, atol=1e-2)


def _change(model, layer):
    rng = np.random.default_rng(0)
    layer = model.get_layer(layer)
    layer.set_weights(
        [w + 0.3 * rng.normal(size=w.shape) for w in layer.get_weights()]
    )


@pytest.mark.parametrize("block", [1, 2])
def test_transformer_branch_hears_the_block_before(block):
    model = MTCLiteBackbone(18 * 64, **SIZES)
    before = _outputs(model, _inputs())
    _change(model, f"block{block}_bottleneck")
    after = _outputs(model, _inputs())
    assert not np.allclose(before["transformer"], after["transformer"])


@pytest.mark.parametrize("block", [2, 3])
def test_cnn_branch_hears_its_own_block(block):
    model = MTCLiteBackbone(18 * 64, **SIZES)
    before = _outputs(model, _inputs())
    _change(model, f"block{block}_encoder")
    after = _outputs(model, _inputs())
    assert not np.allclose(before["cnn"], after["cnn"])


def test_fields_reach_every_output(backbone):
    inputs = _inputs()
    before = _outputs(backbone, inputs)
    after = _outputs(backbone, {**inputs, "fields": 1 - inputs["fields"]})
    for name, values in before.items():
        assert not np.allclose(values, after[name]), name


@pytest.mark.parametrize("argument", ["encoder_dropout", "cnn_dropout"])
def test_dropout_acts_in_its_branch_alone(argument):
    rates = {"encoder_dropout": 0.0, "cnn_dropout": 0.0, argument: 0.5}
    model = MTCLiteBackbone(18 * 64, **{**SIZES, **rates})
    dropping = [
        layer.name
        for layer in model.layers
        if getattr(layer, "dropout", 0) == 0.5
    ]
    kind = argument.replace("_dropout", "").replace("cnn", "bottleneck")
    assert dropping == [f"block{block}_{kind}" for block in (1, 2, 3)]
    assert not any(
        isinstance(layer, keras.layers.Dropout) for layer in model.layers
    )
