import keras
import numpy as np
import pytest
from backends import requires_tensorflow
from keras.ops import convert_to_numpy

from mtc_tf.layers.member_mean import MemberMean

MEMBERS = [
    np.array([[0.9, 0.1], [0.5, 0.5]], "float32"),
    np.array([[0.4, 0.6], [0.02, 0.98]], "float32"),
]


def test_inference_takes_the_arithmetic_mean():
    np.testing.assert_allclose(
        convert_to_numpy(MemberMean()(MEMBERS)),
        [[0.65, 0.35], [0.26, 0.74]],
        rtol=1e-6,
    )


def test_training_takes_the_geometric_mean():
    # The roots of 0.36 and 0.06, of 0.01 and 0.49: not normalised.
    np.testing.assert_allclose(
        convert_to_numpy(MemberMean()(MEMBERS, training=True)),
        [[0.6, 0.244949], [0.1, 0.7]],
        rtol=1e-5,
    )


def test_probabilities_of_zero_stay_finite_in_training():
    zero = np.array([[0.0, 1.0]], "float32")
    mean = convert_to_numpy(MemberMean()([zero, zero], training=True))
    assert 0 < mean[0, 0] < 1e-37 and mean[0, 1] == 1


@requires_tensorflow
def test_each_member_learns_as_if_alone():
    import tensorflow as tf

    logits = [tf.constant([[1.0, -2.0, 0.5]]), tf.constant([[-40.0, 3.0, 0.0]])]

    def gradients(loss):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            members = [tf.nn.softmax(values) for values in logits]
            total = loss(members)
        return tape.gradient(total, logits)

    def alone(members):
        return sum(-tf.math.log(member[0, 0]) / 2 for member in members)

    def together(members):
        return -tf.math.log(MemberMean()(members, training=True)[0, 0])

    for received, expected in zip(
        gradients(together), gradients(alone), strict=True
    ):
        np.testing.assert_allclose(received, expected, rtol=1e-5)


@pytest.mark.parametrize("training", [False, True])
def test_mixed_precision_keeps_float32(training):
    layer = MemberMean(dtype="mixed_bfloat16")
    mean = layer(MEMBERS, training=training)
    assert keras.backend.standardize_dtype(mean.dtype) == "float32"


def test_save_and_load(tmp_path):
    inputs = [keras.Input((2,)), keras.Input((2,))]
    model = keras.Model(inputs, MemberMean(name="mean")(inputs))
    assert model.output.shape == (None, 2)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        convert_to_numpy(loaded(MEMBERS)), convert_to_numpy(model(MEMBERS))
    )
    assert loaded.get_layer("mean").get_config() == (
        model.get_layer("mean").get_config()
    )
