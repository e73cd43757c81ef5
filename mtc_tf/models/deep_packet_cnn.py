"""The 1D-CNN of Deep Packet, and the Multi-task 1D-CNN made of it."""

import keras

from mtc_tf.layers.convolution_unit import ConvolutionUnit
from mtc_tf.models.inputs_and_heads import fully_connected
from mtc_tf.models.inputs_and_heads import heads
from mtc_tf.models.inputs_and_heads import scaled_input


@keras.saving.register_keras_serializable(package="mtc_tf")
class DeepPacketCNN(keras.Model):
    """The 1D-CNN of Deep Packet, and the Multi-task 1D-CNN.

    The original, reference [21] of the paper, reads 1500 bytes of a packet and
    has one model for the application and one for the traffic type, each with
    one head. The paper's Multi-task 1D-CNN adds batch normalisation.

    Choice: one model with the sizes of the application model and a head for
    each task; the model for the traffic type has other kernels and strides
    (public re-implementations: 5 and 4, both of stride 3). The Multi-task
    1D-CNN has 200 filters each, too; the paper gives kernels and strides
    alone. Its batch normalisation stands between convolution and ReLU, with
    the momentum of MTC's 1D-CNN branch; the paper does not say where.
    Convolutions and pooling are padded, so that inputs of any length fit; the
    original does not say.

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
        batch_norm: bool. Whether to normalise after each convolution.
        **kwargs: other arguments of `keras.Model`.

    Input shape:
        dict with `input_name`: `(batch, length)`.

    Output shape:
        dict from task name to probabilities `(batch, num_classes[task])`.

    Paper: Section 4.4.3, Table 5; with `batch_norm`, Section 4.3.2.
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
        batch_norm=False,
        **kwargs,
    ):
        # === Functional Model ===
        inputs, values = scaled_input(input_name, length)
        x = keras.layers.Reshape((length, 1), name="sequence")(values)
        for index, (kernel_size, stride) in enumerate(
            zip(kernel_sizes, strides, strict=True), start=1
        ):
            x = ConvolutionUnit(
                filters,
                kernel_size,
                strides=stride,
                dropout=0.0,
                batch_norm=batch_norm,
                name=f"convolution{index}",
            )(x)  # (batch, positions, filters)
        x = keras.layers.MaxPooling1D(2, padding="same", name="pooling")(x)
        x = keras.layers.Flatten(name="flat")(x)
        features = fully_connected(x, units, dropout=dropout)
        # (batch, units[-1])
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
        self.batch_norm = batch_norm

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
            "batch_norm": self.batch_norm,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**config)
