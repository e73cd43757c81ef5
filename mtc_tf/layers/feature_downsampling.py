"""The fusion block's way from the 1D-CNN to the Transformer branch."""

import keras


@keras.saving.register_keras_serializable(package="mtc_tf")
class FeatureDownsampling(keras.layers.Layer):
    """Brings features of the 1D-CNN branch to the Transformer's tokens.

    A 1x1 convolution to `hidden_dim` channels, average pooling to
    `num_tokens`, and layer normalisation. Pooling and a 1x1 convolution
    commute, both being linear, so the pooling comes first here: the same
    result for one fiftieth of the work.

    Args:
        num_tokens: int. Number of tokens; must divide the input's length.
        hidden_dim: int. Size of a token.
        **kwargs: other arguments of `keras.layers.Layer`.

    Input shape:
        `(batch, length, channels)`.

    Output shape:
        `(batch, num_tokens, hidden_dim)`.

    Paper: Section 3.3.4.
    """

    def __init__(self, num_tokens, hidden_dim, **kwargs):
        super().__init__(**kwargs)
        self.num_tokens = num_tokens
        self.hidden_dim = hidden_dim

    def build(self, input_shape):
        _, length, channels = input_shape
        if length % self.num_tokens:
            raise ValueError(
                "`num_tokens` must divide the length of the input. "
                f"Received: num_tokens={self.num_tokens}, "
                f"input shape={tuple(input_shape)}."
            )
        self.convolution = keras.layers.Dense(
            self.hidden_dim, dtype=self.dtype_policy, name="convolution"
        )
        self.normalization = keras.layers.LayerNormalization(
            epsilon=1e-5, dtype=self.dtype_policy, name="normalization"
        )
        self.convolution.build((input_shape[0], self.num_tokens, channels))
        self.normalization.build(self.compute_output_shape(input_shape))
        self.built = True

    def call(self, inputs):
        _, length, channels = inputs.shape
        x = keras.ops.reshape(
            inputs,
            (-1, self.num_tokens, length // self.num_tokens, channels),
        )
        x = keras.ops.mean(x, axis=2)  # (batch, num_tokens, channels)
        return self.normalization(self.convolution(x))

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.num_tokens, self.hidden_dim)

    def get_config(self):
        return {
            **super().get_config(),
            "num_tokens": self.num_tokens,
            "hidden_dim": self.hidden_dim,
        }
