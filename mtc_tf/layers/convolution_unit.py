"""Convolution, normalisation, ReLU, dropout: the unit of the 1D-CNN branch."""

import keras

from mtc_tf.layers.byte_dropout import ByteDropout

# Keras's default of 0.99 leaves the moving statistics behind for the first
# hundreds of steps; evaluation then looks like chance although the loss falls.
BATCH_NORM_MOMENTUM = 0.9


@keras.saving.register_keras_serializable(package="mtc_tf")
class ConvolutionUnit(keras.layers.Layer):
    """A 1D convolution with what follows it.

    Choice: batch normalisation stands between convolution and ReLU. The paper
    names none; without it the 1D-CNN branch does not train
    (`docs/choices.md`), and the ResNet that it cites has it there.

    Args:
        filters: int. Number of output channels.
        kernel_size: int. Length of the kernel in positions.
        strides: int. Step of the kernel in positions.
        dropout: float. Probability of dropping.
        batch_norm: bool. Whether to normalise.
        **kwargs: other arguments of `keras.layers.Layer`.

    Input shape:
        `(batch, length, channels)`.

    Output shape:
        `(batch, ceil(length / strides), filters)`.

    Paper: Section 3.3.3.
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        dropout=0.07,
        batch_norm=True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.dropout = dropout
        self.batch_norm = batch_norm

    def build(self, input_shape):
        arguments = {
            "kernel_initializer": "he_normal",
            # The normalisation's own offset replaces the bias.
            "use_bias": not self.batch_norm,
            "dtype": self.dtype_policy,
            "name": "convolution",
        }
        if self.kernel_size == 1 and self.strides == 1:
            # The same sums; the gradient of a matrix product costs TensorFlow
            # less than that of a convolution.
            self.convolution = keras.layers.Dense(self.filters, **arguments)
        else:
            self.convolution = keras.layers.Conv1D(
                self.filters,
                self.kernel_size,
                strides=self.strides,
                padding="same",
                **arguments,
            )
        self.convolution.build(input_shape)
        if self.batch_norm:
            self.normalization = keras.layers.BatchNormalization(
                momentum=BATCH_NORM_MOMENTUM,
                epsilon=1e-5,
                dtype=self.dtype_policy,
                name="normalization",
            )
            self.normalization.build(
                self.convolution.compute_output_shape(input_shape)
            )
        self.dropout_layer = ByteDropout(self.dropout, dtype=self.dtype_policy)
        self.built = True

    def call(self, inputs, training=None):
        x = self.convolution(inputs)  # (batch, length, filters)
        if self.batch_norm:
            x = self.normalization(x, training=training)
        return self.dropout_layer(keras.ops.relu(x), training=training)

    def compute_output_shape(self, input_shape):
        length = input_shape[1]
        if length is not None:
            length = -(-length // self.strides)
        return (input_shape[0], length, self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "dropout": self.dropout,
            "batch_norm": self.batch_norm,
        }
