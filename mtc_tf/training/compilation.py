"""Optimizer, losses and metrics of a model, on every backend."""

import math

import keras

from mtc_tf.training.adam import Adam
from mtc_tf.training.adamw import AdamW
from mtc_tf.training.cross_entropy import CrossEntropy


def compile_model(model, protocol, loss_weights, total_steps):
    """Gives a model its optimizer, losses and metrics.

    Args:
        model: a Keras model with an output for each task.
        protocol: `Protocol`.
        loss_weights: dict from task name to weight.
        total_steps: int. Steps of the training, for schedules that go by them.

    Paper: Section 4.1.3.
    """
    model.compile(
        optimizer=_optimizer(model, protocol, total_steps),
        loss={
            task: CrossEntropy(label_smoothing=protocol.label_smoothing)
            for task in loss_weights
        },
        loss_weights=loss_weights,
        # Weighted: a row without a label has the weight 0.
        weighted_metrics={task: ["accuracy"] for task in loss_weights},
        # XLA gains nothing for this model on a CPU.
        jit_compile=False,
    )
    # Otherwise the first step makes its variables, and TensorFlow traces it
    # twice.
    model.optimizer.build(model.trainable_variables)


def _optimizer(model, protocol, total_steps):
    options = {"learning_rate": _learning_rate(protocol, total_steps)}
    if protocol.clip_norm:
        # The loss is the mean of the members' losses: so the gradient of each
        # is cut at about the norm where it would be cut if alone.
        members = getattr(model, "members", 1)
        options["global_clipnorm"] = protocol.clip_norm / math.sqrt(members)
    if protocol.ema:
        options.update(use_ema=True, ema_momentum=protocol.ema)
    if protocol.optimizer == "adamw":
        return AdamW(weight_decay=protocol.weight_decay, **options)
    return Adam(l2=protocol.weight_decay, **options)


def _learning_rate(protocol, total_steps):
    """The rate at the start, or the schedule of all steps."""
    rate = protocol.learning_rate
    if protocol.schedule != "cosine":
        return rate
    warmup = round(protocol.warmup * total_steps)
    if not warmup:
        return keras.optimizers.schedules.CosineDecay(
            rate, decay_steps=total_steps, alpha=protocol.final_rate
        )
    return keras.optimizers.schedules.CosineDecay(
        0.0,
        decay_steps=total_steps - warmup,
        alpha=protocol.final_rate,
        warmup_target=rate,
        warmup_steps=warmup,
    )
