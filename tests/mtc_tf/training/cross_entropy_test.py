import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from mtc_tf.training.cross_entropy import SMALLEST
from mtc_tf.training.cross_entropy import CrossEntropy

PROBABILITIES = np.float32([[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]])
LABELS = np.array([1, 2])


def _loss(*arguments, smoothing=0.0, **kwargs):
    loss = CrossEntropy(label_smoothing=smoothing)
    return float(loss(*arguments, **kwargs))


def test_mean_of_the_logarithms():
    expected = -(np.log(0.25) + np.log(0.7)) / 2
    assert _loss(LABELS, PROBABILITIES) == pytest.approx(expected)
    assert _loss(LABELS[:, None], PROBABILITIES) == pytest.approx(expected)


def test_row_without_weight_is_not_there():
    assert _loss(
        LABELS, PROBABILITIES, sample_weight=np.float32([0, 1])
    ) == pytest.approx(-np.log(0.7))


def test_smoothing_spreads_a_share_over_all_classes():
    logarithms = np.log(PROBABILITIES)
    plain = -(logarithms[0, 1] + logarithms[1, 2]) / 2
    even = -logarithms.mean()
    assert _loss(LABELS, PROBABILITIES, smoothing=0.3) == pytest.approx(
        0.7 * plain + 0.3 * even, rel=1e-6
    )
    keras_own = keras.losses.CategoricalCrossentropy(label_smoothing=0.3)
    assert _loss(LABELS, PROBABILITIES, smoothing=0.3) == pytest.approx(
        float(keras_own(np.eye(3)[LABELS], PROBABILITIES)), rel=1e-6
    )


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_geometric_mean_of_members_has_the_mean_of_their_losses(smoothing):
    members = np.random.default_rng(0).dirichlet([1, 1, 1], (4, 2))
    of_each = [
        _loss(LABELS, np.float32(member), smoothing=smoothing)
        for member in members
    ]
    mean = np.float32(np.exp(np.log(members).mean(0)))
    assert mean.sum(-1).max() < 1
    assert _loss(LABELS, mean, smoothing=smoothing) == pytest.approx(
        np.mean(of_each), rel=1e-5
    )


def test_config_round_trip():
    config = keras.losses.serialize(CrossEntropy(label_smoothing=0.25))
    loss = keras.losses.deserialize(config)
    assert isinstance(loss, CrossEntropy)
    assert loss.label_smoothing == 0.25
    assert loss.reduction == "mean_with_sample_weight"


# The same model under each backend: its loss, and what of it reaches the bias.
_GRADIENTS = """
import json, os, sys
import numpy as np
import keras
from mtc_tf.training.cross_entropy import CrossEntropy

logits = np.float32([[0, 1, 40], [3, 0, 100], [5, 5, 4]])
labels = np.array([0, 0, 1])
layer = keras.layers.Softmax()
loss = CrossEntropy(label_smoothing=0.1)

def value(x):
    return loss(labels, layer(x))

if keras.backend.backend() == "jax":
    import jax
    result, gradient = jax.value_and_grad(value)(logits)
else:
    import tensorflow as tf
    x = tf.constant(logits)
    with tf.GradientTape() as tape:
        tape.watch(x)
        result = value(x)
    gradient = tape.gradient(result, x)
print(json.dumps([float(result), np.asarray(gradient).tolist()]))
"""


def _figures(backend):
    process = subprocess.run(
        [sys.executable, "-c", _GRADIENTS],
        capture_output=True,
        text=True,
        env={**os.environ, "KERAS_BACKEND": backend},
    )
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout.splitlines()[-1])


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_small_probabilities_have_their_gradient(backend):
    if backend == "jax":
        pytest.importorskip("jax")
    loss, gradient = _figures(backend)
    logits = np.array([[0, 1, 40], [3, 0, 100], [5, 5, 4.0]])
    logarithms = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    targets = 0.9 * np.eye(3)[[0, 0, 1]] + 0.1 / 3
    bounded = np.maximum(logarithms, np.log(SMALLEST))
    assert loss == pytest.approx(-(targets * bounded).sum() / 3, rel=1e-5)
    expected = (np.exp(logarithms) - targets) / 3
    # Of the second row the probabilities of the label are below the smallest.
    for row in (0, 2):
        np.testing.assert_allclose(gradient[row], expected[row], atol=1e-6)
    assert np.isfinite(gradient).all()
