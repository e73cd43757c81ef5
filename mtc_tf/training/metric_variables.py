"""Metrics that are there before the first step."""

import keras
import numpy as np


def make_metric_variables(model):
    """Makes the variables of a model's metrics.

    Keras makes them in the first step, where neither a strategy of TensorFlow
    nor a compiled program of JAX allows it.

    Args:
        model: a compiled Keras model with a dict of outputs.
    """
    probabilities = {
        task: np.full((1, output.shape[-1]), 1 / output.shape[-1], "float32")
        for task, output in model.output.items()
    }
    targets = {task: np.zeros(1, "int64") for task in probabilities}
    weights = {task: np.ones(1, "float32") for task in probabilities}
    with keras.StatelessScope():  # makes variables, changes none
        model.compute_loss(None, targets, probabilities, weights)
        model.compute_metrics(None, targets, probabilities, weights)
