"""Convolutions and an LSTM for flow features."""

import keras

from mtc_tf.layers.convolution_unit import ConvolutionUnit
from mtc_tf.models.inputs_and_heads import heads
from mtc_tf.models.inputs_and_heads import read_in_steps
from mtc_tf.models.inputs_and_heads import scaled_input


@keras.saving.register_keras_serializable(package="mtc_tf")
class FlowCNNLSTM(keras.Model):
    """Convolutions over the features of a record, then an LSTM.

    The original, reference [33] of the paper, has convolutions, max pooling,
    an LSTM, batch normalisation and dropout, and one model each for two and
    for many classes of CICIDS2017.

    Choice: two convolutions of kernel 3 with batch normalisation, each halved
    by max pooling, an LSTM of 64 units over what is left, and dropout before
    the heads: the paper gives no sizes, and the reference's abstract names the
    kinds of layers alone. A head for each task.

    Args:
        num_classes: dict from task name to number of classes. A task that is
            left out has no head.
        input_name: str. A key of `mtc_tf.tasks.MODEL_INPUTS`.
        length: int. Number of values of the input.
        filters: tuple of int. Channels of each convolution.
        kernel_size: int. Kernel of the convolutions.
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
        filters=(64, 128),
        kernel_size=3,
        units=64,
        dropout=0.2,
        **kwargs,
    ):
        # === Layers ===
        as_sequence = keras.layers.Reshape((length, 1), name="sequence")
        blocks = [
            (
                ConvolutionUnit(
                    channels,
                    kernel_size,
                    dropout=0.0,
                    name=f"convolution{index}",
                ),
                keras.layers.MaxPooling1D(
                    2, padding="same", name=f"pooling{index}"
                ),
            )
            for index, channels in enumerate(filters, start=1)
        ]

        # === Functional Model ===
        inputs, values = scaled_input(input_name, length)
        sequence = as_sequence(values)  # (batch, length, 1)
        for convolve, pool in blocks:
            sequence = pool(convolve(sequence))  # half as many positions
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
        self.filters = tuple(filters)
        self.kernel_size = kernel_size
        self.units = units
        self.dropout = dropout

    def get_config(self):
        return {
            "name": self.name,
            "trainable": self.trainable,
            "num_classes": self.num_classes,
            "input_name": self.input_name,
            "length": self.length,
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "units": self.units,
            "dropout": self.dropout,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**config)
