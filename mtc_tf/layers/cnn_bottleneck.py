"""The bottleneck of the 1D-CNN branch."""

import keras

from mtc_tf.layers.convolution_unit import ConvolutionUnit


@keras.saving.register_keras_serializable(package="mtc_tf")
class CNNBottleneck(keras.layers.Layer):
    """Convolutions 1x1, 1x3 and 1x1 of stride 1 with a residual connection.

    It is where the branches touch: the output of the 1x3 convolution is given
    out for the Transformer branch, and features of the Transformer branch may
    be added behind the first 1x1 convolution.

    Choice: where the width changes, a 1x1 convolution brings the residual to
    the new width, as in ResNet.

    Args:
        filters: int. Channels of the first two convolutions.
        output_filters: int. Channels of the last convolution.
        dropout: float. Probability of dropping, after each convolution.
        batch_norm: bool. Whether to normalise after each convolution.
        **kwargs: other arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: tensor of shape `(batch, length, channels)`.
        long_range: tensor of shape `(batch, length, filters)`, the features of
            the Transformer branch, or None.

    Output shape:
        tuple of `(batch, length, output_filters)`, the bottleneck's output, and
        `(batch, length, filters)`, the output of the 1x3 convolution.

    Paper: Section 3.3.3.
    """

    def __init__(
        self, filters, output_filters, dropout=0.07, batch_norm=True, **kwargs
    ):
        super().__init__(**kwargs)
        self.filters = filters
        self.output_filters = output_filters
        self.dropout = dropout
        self.batch_norm = batch_norm

    def build(self, inputs_shape, long_range_shape=None):
        def unit(filters, kernel_size, name):
            return ConvolutionUnit(
                filters,
                kernel_size,
                dropout=self.dropout,
                batch_norm=self.batch_norm,
                dtype=self.dtype_policy,
                name=name,
            )

        self.reduce = unit(self.filters, 1, "reduce")
        self.convolve = unit(self.filters, 3, "convolve")
        self.expand = unit(self.output_filters, 1, "expand")
        narrow = (*inputs_shape[:-1], self.filters)
        self.reduce.build(inputs_shape)
        self.convolve.build(narrow)
        self.expand.build(narrow)
        self.shortcut = None
        if inputs_shape[-1] != self.output_filters:
            self.shortcut = keras.layers.Dense(
                self.output_filters, dtype=self.dtype_policy, name="shortcut"
            )
            self.shortcut.build(inputs_shape)
        self.built = True

    def call(self, inputs, long_range=None, training=None):
        x = self.reduce(inputs, training=training)  # (batch, length, filters)
        if long_range is not None:
            x = x + long_range
        local = self.convolve(x, training=training)
        x = self.expand(local, training=training)
        # (batch, length, output_filters)
        residual = inputs if self.shortcut is None else self.shortcut(inputs)
        return x + residual, local

    def compute_output_shape(self, inputs_shape, long_range_shape=None):
        return (
            (*inputs_shape[:-1], self.output_filters),
            (*inputs_shape[:-1], self.filters),
        )

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "output_filters": self.output_filters,
            "dropout": self.dropout,
            "batch_norm": self.batch_norm,
        }
