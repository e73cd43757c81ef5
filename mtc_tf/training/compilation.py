"""Optimizer, losses and metrics of a model, on every backend."""

import keras

from mtc_tf.training.adam import Adam


def compile_model(model, protocol, loss_weights, total_steps):
    """Gives a model its optimizer, losses and metrics.

    Args:
        model: a Keras model with an output for each task.
        protocol: `Protocol`.
        loss_weights: dict from task name to weight.
        total_steps: int. Steps of the training, for schedules that go by them.

    Paper: Section 4.1.3.
    """
    rate = protocol.learning_rate
    if protocol.schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(
            rate, decay_steps=total_steps
        )
    model.compile(
        optimizer=Adam(rate, l2=protocol.weight_decay),
        # The mean over the rows that have a label, not over all rows.
        loss={
            task: keras.losses.SparseCategoricalCrossentropy(
                reduction="mean_with_sample_weight"
            )
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
