"""The fusion block's way from the Transformer to the 1D-CNN branch."""

import keras

from mtc_tf.layers.convolution_unit import BATCH_NORM_MOMENTUM


@keras.saving.register_keras_serializable(package="mtc_tf")
class FeatureUpsampling(keras.layers.Layer):
    """Brings the Transformer's tokens to the positions of the 1D-CNN branch.

    A 1x1 convolution to `filters` channels, batch normalisation, and
    interpolation to `length` positions. The interpolation repeats each token
    equally often, which changes neither mean nor variance of a channel, so the
    normalisation comes before it: the same result for less work.

    Choice: nearest-neighbour interpolation; the paper says "interpolation".

    Args:
        length: int. Number of positions; a multiple of the input's length.
        filters: int. Number of output channels.
        **kwargs: other arguments of `keras.layers.Layer`.

    Input shape:
        `(batch, num_tokens, hidden_dim)`.

    Output shape:
        `(batch, length, filters)`.

    Paper: Section 3.3.4.
    """

    def __init__(self, length, filters, **kwargs):
        super().__init__(**kwargs)
        self.length = length
        self.filters = filters

    def build(self, input_shape):
        if self.length % input_shape[1]:
            raise ValueError(
                "`length` must be a multiple of the number of tokens. "
                f"Received: length={self.length}, "
                f"input shape={tuple(input_shape)}."
            )
        self.convolution = keras.layers.Dense(
            self.filters, dtype=self.dtype_policy, name="convolution"
        )
        self.normalization = keras.layers.BatchNormalization(
            momentum=BATCH_NORM_MOMENTUM,
            epsilon=1e-5,
            dtype=self.dtype_policy,
            name="normalization",
        )
        self.convolution.build(input_shape)
        self.normalization.build((*input_shape[:-1], self.filters))
        self.built = True

    def call(self, inputs, training=None):
        x = self.convolution(inputs)  # (batch, num_tokens, filters)
        x = self.normalization(x, training=training)
        # (batch, length, filters)
        return keras.ops.repeat(x, self.length // inputs.shape[1], axis=1)

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.length, self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "length": self.length,
            "filters": self.filters,
        }
