"""An LSTM for flow features."""

import keras

from mtc_tf.models.inputs_and_heads import heads
from mtc_tf.models.inputs_and_heads import read_in_steps
from mtc_tf.models.inputs_and_heads import scaled_input
from mtc_tf.models.inputs_and_heads import tokens_of


@keras.saving.register_keras_serializable(package="mtc_tf")
class FlowLSTM(keras.Model):
    """An LSTM that reads the features of a record a few at a time.

    The original, reference [31] of the paper, tells the DDoS flows of
    CICIDS2017 from the benign ones with one sigmoid unit.

    Choice: steps of 7 features in the order of the dataset (the tokens of MTC
    for records), 64 units, and dropout before the heads: neither the paper nor
    its reference's abstract says how the features become a sequence or how
    large the layer is. With one feature a step it does not train
    (`docs/choices.md`). A head for each task.

    Args:
        num_classes: dict from task name to number of classes. A task that is
            left out has no head.
        input_name: str. A key of `mtc_tf.tasks.MODEL_INPUTS`.
        length: int. Number of values of the input.
        step_length: int. Features that the LSTM reads at once. Zeros fill up
            the last step.
        units: int. Size of the LSTM.
        dropout: float. Probability of dropping, before the heads.
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
        step_length=7,
        units=64,
        dropout=0.2,
        **kwargs,
    ):
        # === Functional Model ===
        inputs, values = scaled_input(input_name, length)
        num_steps = -(-length // step_length)
        sequence, _ = tokens_of(values, num_steps, step_length)
        features = read_in_steps(sequence, units, dropout)  # (batch, units)
        super().__init__(
            inputs=inputs,
            outputs=heads(features, num_classes, input_name),
            **kwargs,
        )

        # === Config ===
        self.num_classes = dict(num_classes)
        self.input_name = input_name
        self.length = length
        self.step_length = step_length
        self.units = units
        self.dropout = dropout

    def get_config(self):
        return {
            "name": self.name,
            "trainable": self.trainable,
            "num_classes": self.num_classes,
            "input_name": self.input_name,
            "length": self.length,
            "step_length": self.step_length,
            "units": self.units,
            "dropout": self.dropout,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**config)
