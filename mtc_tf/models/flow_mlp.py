"""A multilayer perceptron for flow features."""

import keras

from mtc_tf.models.inputs_and_heads import fully_connected
from mtc_tf.models.inputs_and_heads import heads
from mtc_tf.models.inputs_and_heads import scaled_input


@keras.saving.register_keras_serializable(package="mtc_tf")
class FlowMLP(keras.Model):
    """Two fully connected layers over the features of a record.

    The original, reference [25] of the paper, reads 49 features of CICIDS2017,
    has 64 and 64 units with ReLU and one head of 6 classes, and is trained
    with SGD of rate 0.02 and momentum 0.9.

    Choice: a head for each task. How it is trained is the caller's choice, as
    for every model here.

    Args:
        num_classes: dict from task name to number of classes. A task that is
            left out has no head.
        input_name: str. A key of `mtc_tf.tasks.MODEL_INPUTS`.
        length: int. Number of values of the input.
        units: tuple of int. Sizes of the fully connected layers.
        **kwargs: other arguments of `keras.Model`.

    Input shape:
        dict with `input_name`: `(batch, length)`.

    Output shape:
        dict from task name to probabilities `(batch, num_classes[task])`.

    Paper: Section 4.4.3, Table 5.
    """

    def __init__(
        self,
        num_classes,
        input_name="packet",
        length=1500,
        units=(64, 64),
        **kwargs,
    ):
        # === Functional Model ===
        inputs, values = scaled_input(input_name, length)
        features = fully_connected(values, units)  # (batch, units[-1])
        super().__init__(
            inputs=inputs,
            outputs=heads(features, num_classes, input_name),
            **kwargs,
        )

        # === Config ===
        self.num_classes = dict(num_classes)
        self.input_name = input_name
        self.length = length
        self.units = tuple(units)

    def get_config(self):
        return {
            "name": self.name,
            "trainable": self.trainable,
            "num_classes": self.num_classes,
            "input_name": self.input_name,
            "length": self.length,
            "units": self.units,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**config)
