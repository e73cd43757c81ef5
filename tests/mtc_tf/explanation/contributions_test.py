import keras
import numpy as np
import pytest
from small_models import small_model

from mtc_tf.explanation.contributions import answers_without_branch
from mtc_tf.explanation.contributions import answers_without_fusion
from mtc_tf.explanation.contributions import fusion_cuts
from mtc_tf.explanation.opened_model import OpenedModel

PACKETS = np.random.default_rng(0).integers(0, 256, (5, 24), "uint8")


def _nothing(rows):
    pass


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return OpenedModel(small_model("MTC"))


@pytest.fixture(scope="module")
def whole(model):
    answers = model.model({"packet": PACKETS})
    return {x: keras.ops.convert_to_numpy(y) for x, y in answers.items()}


def _change(answers, whole, task):
    return np.abs(answers[task] - whole[task]).max()


def test_cuts_of_both_directions(model):
    cuts = fusion_cuts(model)
    down = ["block2_downsampling", "block3_downsampling"]
    up = ["block2_upsampling", "block3_upsampling"]
    assert cuts["1D-CNN to Transformer"] == down
    assert cuts["Transformer to 1D-CNN"] == up
    assert cuts["both directions"] == down + up
    assert cuts["Transformer to 1D-CNN, block3"] == ["block3_upsampling"]
    assert len(cuts) == 7
    assert fusion_cuts(OpenedModel(small_model("DeepPacketCNN"))) == {}


def test_cut_reaches_the_tasks_behind_it(model, whole):
    answers = answers_without_fusion(model, PACKETS, _nothing)
    assert list(answers) == list(fusion_cuts(model))
    into_cnn = answers["Transformer to 1D-CNN, block3"]
    # The last block gives the Transformer branch nothing back.
    assert _change(into_cnn, whole, "application") < 1e-6
    assert _change(into_cnn, whole, "traffic_type") > 1e-4
    into_transformer = answers["1D-CNN to Transformer"]
    assert _change(into_transformer, whole, "application") > 1e-4


def test_mean_of_a_branch_is_read_by_its_heads(model, whole):
    answers = answers_without_branch(model, PACKETS, _nothing)
    assert list(answers) == ["transformer", "cnn"]
    assert _change(answers["cnn"], whole, "application") < 1e-6
    assert _change(answers["transformer"], whole, "traffic_type") < 1e-6
    features = model.backbones[0]({"packet": PACKETS})["transformer"]
    mean = np.mean(keras.ops.convert_to_numpy(features), axis=(0, 1))
    kernel, bias = model.model.get_layer("application").get_weights()
    scores = np.exp(mean @ kernel + bias)
    np.testing.assert_allclose(
        answers["transformer"]["application"],
        np.tile(scores / scores.sum(), (5, 1)),
        rtol=1e-4,
    )


@pytest.mark.slow
def test_members_lose_the_branch_together():
    model = OpenedModel(small_model("MTCLite", members=2))
    packets = np.zeros((2, 64), "uint8")
    answers = answers_without_branch(model, packets, _nothing)
    assert list(answers) == ["transformer", "cnn", "fields"]
    # Of packets that are all alike the mean is what they are.
    whole = model.model({"packet": packets})["application"]
    for changed in answers.values():
        np.testing.assert_allclose(changed["application"], whole, atol=1e-6)


def test_models_without_branches_lose_none():
    model = OpenedModel(small_model("MultitaskTransformer"))
    assert answers_without_branch(model, PACKETS, _nothing) == {}
    assert answers_without_fusion(model, PACKETS, _nothing) == {}
