import keras
import numpy as np
import pytest
from keras.ops import convert_to_numpy
from standard_checks import check_model_learns

from mtc_tf.models.mtc import MTC

CLASSES = {"application": 17, "traffic_type": 12, "auxiliary": 6}
SMALL = {
    "num_tokens": 3,
    "hidden_dim": 8,
    "num_heads": 2,
    "num_encoders": (1, 1, 1),
    "intermediate_dim": 16,
    "encoder_dropout": 0.0,
    "cnn_dropout": 0.0,
}


@pytest.fixture(scope="module")
def small():
    return MTC(CLASSES, SMALL)


def _packets(rows, length=24, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (rows, length), dtype="uint8")


def _outputs(model, packets):
    outputs = model({"packet": packets})
    return {name: convert_to_numpy(y) for name, y in outputs.items()}


def test_paper_model_takes_uint8_and_names_its_outputs():
    model = MTC(CLASSES)
    assert model.input["packet"].dtype == "uint8"
    assert model.input["packet"].shape == (None, 1500)
    assert {name: y.shape[1] for name, y in model.output.items()} == CLASSES
    # Backbone, 50 x 17 + 17 for the Transformer branch, 200 x 18 + 18 for
    # the two heads of the 1D-CNN branch.
    assert model.count_params() == 1_581_516 + 867 + 3_618


def test_outputs_are_probabilities(small):
    outputs = _outputs(small, _packets(5))
    for name, probabilities in outputs.items():
        assert probabilities.shape == (5, CLASSES[name])
        np.testing.assert_allclose(np.sum(probabilities, axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize(
    ("task", "branch"),
    [
        ("application", "transformer_average"),
        ("traffic_type", "cnn_average"),
        ("auxiliary", "cnn_average"),
    ],
)
def test_head_reads_its_branch(small, task, branch):
    source = small.get_layer(task).input
    assert source is small.get_layer(branch).output


def test_averages_and_heads_are_float32_under_mixed_precision():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = MTC(CLASSES, SMALL)
    finally:
        keras.config.set_dtype_policy("float32")
    assert model.backbone.output["cnn"].dtype == "bfloat16"
    for layer in ("cnn_token_average", "cnn_average", "transformer_average"):
        assert model.get_layer(layer).output.dtype == "float32"
    assert {y.dtype for y in model.output.values()} == {"float32"}


def test_without_the_auxiliary_task_it_is_mtc_2task():
    model = MTC({"application": 17, "traffic_type": 12}, SMALL)
    assert sorted(model.output) == ["application", "traffic_type"]


def test_save_and_load(small, tmp_path):
    small.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.get_config() == small.get_config()
    expected = _outputs(small, _packets(4))
    for name, received in _outputs(loaded, _packets(4)).items():
        np.testing.assert_allclose(received, expected[name], atol=1e-6)


@pytest.mark.slow
def test_it_learns_every_task():
    model = MTC(dict.fromkeys(CLASSES, 3), SMALL)
    # Slowly: Keras cuts the gradient of a probability near 0 under JAX.
    check_model_learns(model, steps=60, learning_rate=3e-3)
