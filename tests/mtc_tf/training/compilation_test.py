"""What a protocol makes of a model's optimizer and losses."""

import math

import keras
import numpy as np
import pytest
from small_models import small_mtc

from mtc_tf.commands import protocol_flags
from mtc_tf.commands import train_flags
from mtc_tf.training.adam import Adam
from mtc_tf.training.adamw import AdamW
from mtc_tf.training.compilation import compile_model
from mtc_tf.training.protocol import Protocol

CLASSES = {"application": 5, "traffic_type": 3, "auxiliary": 2}
WEIGHTS = {"application": 6.0, "traffic_type": 2.0, "auxiliary": 1.0}
# The recipe that `configs/iscx/lite.flags` asks for.
RECIPE = Protocol(
    optimizer="adamw",
    learning_rate=0.1,
    weight_decay=0.02,
    clip_norm=1.0,
    schedule="cosine",
    warmup=0.05,
    final_rate=0.01,
)


def _compiled(protocol, total_steps=100, members=None):
    x = keras.Input((3,))
    outputs = {"application": keras.layers.Dense(2, "softmax")(x)}
    model = keras.Model(x, outputs)
    if members:
        model.members = members
    compile_model(model, protocol, {"application": 1.0}, total_steps)
    return model


def _rates(protocol, total_steps):
    schedule = _compiled(protocol, total_steps).optimizer._learning_rate
    return [float(schedule(step)) for step in range(total_steps + 1)]


def test_rate_rises_and_falls_to_its_share():
    rates = _rates(RECIPE, 100)
    np.testing.assert_allclose(rates[:6], np.arange(6) * 0.02, rtol=1e-5)
    assert rates[5] == max(rates)
    # A quarter turn behind the warm-up, and the end.
    half = 0.1 * (0.01 + 0.99 * (1 + math.cos(math.pi * 47 / 95)) / 2)
    assert rates[52] == pytest.approx(half, rel=1e-4)
    assert rates[100] == pytest.approx(0.001, rel=1e-4)


def test_final_rate_without_warmup():
    rates = _rates(Protocol(schedule="cosine", final_rate=0.25), 40)
    assert rates[0] == pytest.approx(1e-3)
    assert rates[40] == pytest.approx(2.5e-4)


def test_warmup_shorter_than_a_step():
    rates = _rates(Protocol(schedule="cosine", warmup=0.01), 10)
    assert rates[0] == pytest.approx(1e-3)


@pytest.mark.parametrize("members", [None, 1, 4])
def test_norm_of_members_is_that_of_their_mean(members):
    optimizer = _compiled(RECIPE, members=members).optimizer
    assert type(optimizer) is AdamW
    assert optimizer.weight_decay == 0.02
    assert optimizer.global_clipnorm == {None: 1, 1: 1, 4: 0.5}[members]


def test_paper_has_none_of_it():
    optimizer = _compiled(Protocol()).optimizer
    assert type(optimizer) is Adam
    assert optimizer.global_clipnorm is None and not optimizer.use_ema
    assert optimizer.l2 == 1e-4


def _steps(loss):
    """Losses and weights of the paper's first steps."""
    train_flags.parse(["--flagfile=configs/iscx/mtc.flags", "--workdir=x"])
    protocol = protocol_flags.read(train_flags.FLAGS)
    keras.utils.set_random_seed(0)
    model = small_mtc(CLASSES, "packet", 1500)
    compile_model(model, protocol, train_flags.loss_weights(), 100)
    if loss is not None:
        model.compile(
            optimizer=model.optimizer,
            loss={task: loss for task in CLASSES},
            loss_weights=train_flags.loss_weights(),
        )
    rng = np.random.default_rng(0)
    losses = []
    for _ in range(4):
        x = {"packet": rng.integers(0, 256, (16, 1500), "uint8")}
        y = {task: rng.integers(0, n, 16) for task, n in CLASSES.items()}
        # Some rows have no label.
        weights = {task: np.float32(rng.random(16) < 0.8) for task in CLASSES}
        losses.append(model.train_on_batch(x, y, sample_weight=weights)[0])
    # A bias in front of a normalisation has no gradient but rounding, and
    # Adam makes whole steps of that.
    return losses, [
        weight.numpy()
        for weight in model.trainable_variables
        if weight.name != "bias"
    ]


@pytest.mark.slow
def test_paper_trains_as_with_the_loss_of_keras():
    mine, my_weights = _steps(None)
    keras_own = keras.losses.SparseCategoricalCrossentropy(
        reduction="mean_with_sample_weight"
    )
    theirs, their_weights = _steps(keras_own)
    assert mine[-1] != mine[0]
    np.testing.assert_allclose(mine, theirs, rtol=1e-5)
    for weight, other in zip(my_weights, their_weights, strict=True):
        np.testing.assert_allclose(weight, other, atol=1e-5)


def test_smoothing_reaches_every_task():
    model = _compiled(Protocol(label_smoothing=0.25))
    assert model.loss["application"].label_smoothing == 0.25
