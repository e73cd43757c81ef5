"""The Multi-task 1D-CNN, which MTC is compared with."""

import keras

from mtc_tf.models.deep_packet_cnn import deep_packet_features
from mtc_tf.models.inputs_and_heads import heads
from mtc_tf.models.inputs_and_heads import scaled_input


@keras.saving.register_keras_serializable(package="mtc_tf")
class MultitaskCNN(keras.Model):
    """The 1D-CNN of Deep Packet with batch normalisation and a head per task.

    Choice: 200 filters each, as in Deep Packet, on which it is built; the
    paper gives kernels and strides alone. Batch normalisation stands between
    convolution and ReLU, with the momentum of MTC's 1D-CNN branch; the paper
    does not say where. Convolutions and pooling are padded, so that inputs of
    any length fit.

    Args:
        num_classes: dict from task name to number of classes. A task that is
            left out has no head.
        input_name: str. A key of `mtc_tf.tasks.MODEL_INPUTS`.
        length: int. Number of values of the input.
        filters: int. Channels of both convolutions.
        kernel_sizes: tuple of two ints. Kernel of each convolution.
        strides: tuple of two ints. Stride of each convolution.
        units: tuple of int. Sizes of the fully connected layers.
        dropout: float. Probability of dropping, after each fully connected
            layer.
        **kwargs: other arguments of `keras.Model`.

    Input shape:
        dict with `input_name`: `(batch, length)`.

    Output shape:
        dict from task name to probabilities `(batch, num_classes[task])`.

    Paper: Section 4.3.2.
    """

    def __init__(
        self,
        num_classes,
        input_name="packet",
        length=1500,
        filters=200,
        kernel_sizes=(4, 5),
        strides=(3, 1),
        units=(200, 100, 50),
        dropout=0.05,
        **kwargs,
    ):
        # === Functional Model ===
        inputs, values = scaled_input(input_name, length)
        features = deep_packet_features(
            values,
            filters,
            kernel_sizes,
            strides,
            units,
            dropout,
            batch_norm=True,
        )  # (batch, units[-1])
        super().__init__(
            inputs=inputs,
            outputs=heads(features, num_classes, input_name),
            **kwargs,
        )

        # === Config ===
        self.num_classes = dict(num_classes)
        self.input_name = input_name
        self.length = length
        self.filters = filters
        self.kernel_sizes = tuple(kernel_sizes)
        self.strides = tuple(strides)
        self.units = tuple(units)
        self.dropout = dropout

    def get_config(self):
        return {
            "name": self.name,
            "trainable": self.trainable,
            "num_classes": self.num_classes,
            "input_name": self.input_name,
            "length": self.length,
            "filters": self.filters,
            "kernel_sizes": self.kernel_sizes,
            "strides": self.strides,
            "units": self.units,
            "dropout": self.dropout,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**config)
