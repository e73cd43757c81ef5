"""Sinusoidal positional encoding."""

import keras
import numpy as np


@keras.saving.register_keras_serializable(package="mtc_tf")
class PositionalEncoding(keras.layers.Layer):
    """Adds to each token sines and cosines of its position.

    Channel 2i receives `sin(pos * 10000^(-2i/d))` and channel 2i + 1 the
    cosine of the same angle. If d is odd, the last channel is a sine whose
    cosine is left out. Nothing is learned.

    Choice: positions count from 0, as in the Transformer that the paper cites.

    Takes the arguments of `keras.layers.Layer`, and none of its own.

    Input shape:
        `(batch, num_tokens, hidden_dim)`.

    Output shape:
        the input's.

    Paper: Section 4.3.1, equations (7) and (8).
    """

    def build(self, input_shape):
        _, num_tokens, hidden_dim = input_shape
        channels = np.arange(hidden_dim)
        exponents = -(channels - channels % 2) / hidden_dim  # -2i / d
        angles = np.arange(num_tokens)[:, None] * 10000.0**exponents
        self._table = np.where(
            channels % 2, np.cos(angles), np.sin(angles)
        ).astype("float32")  # (num_tokens, hidden_dim)
        self.built = True

    def call(self, inputs):
        return inputs + keras.ops.cast(self._table, inputs.dtype)

    def compute_output_shape(self, input_shape):
        return input_shape
