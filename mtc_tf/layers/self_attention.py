"""Multi-head self-attention with one product for query, key and value."""

import keras


@keras.saving.register_keras_serializable(package="mtc_tf")
class SelfAttention(keras.layers.Layer):
    """What `keras.layers.MultiHeadAttention` does with a single input.

    Query, key and value come from one matrix product instead of three.

    Args:
        num_heads: int. Number of attention heads (H).
        head_dim: int. Size of query, key and value of a head (d_K = d_V).
        **kwargs: other arguments of `keras.layers.Layer`.

    Input shape:
        `(batch, num_tokens, hidden_dim)`.

    Output shape:
        the input's.

    Paper: Section 3.3.2, equations (2) and (3).
    """

    def __init__(self, num_heads, head_dim, **kwargs):
        super().__init__(**kwargs)
        self.num_heads = num_heads
        self.head_dim = head_dim

    def build(self, input_shape):
        width = self.num_heads * self.head_dim
        self.query_key_value = keras.layers.Dense(
            3 * width, name="query_key_value"
        )
        self.query_key_value.build(input_shape)
        self.output_dense = keras.layers.Dense(input_shape[-1], name="output")
        self.output_dense.build((*input_shape[:-1], width))
        self.built = True

    def call(self, inputs):
        num_tokens = inputs.shape[1]
        x = keras.ops.reshape(
            self.query_key_value(inputs),
            (-1, num_tokens, 3, self.num_heads, self.head_dim),
        )
        # (3, batch, num_heads, num_tokens, head_dim)
        query, key, value = keras.ops.unstack(
            keras.ops.transpose(x, (2, 0, 3, 1, 4)), 3
        )
        scores = keras.ops.matmul(
            query * self.head_dim**-0.5, keras.ops.swapaxes(key, 2, 3)
        )  # (batch, num_heads, num_tokens, num_tokens)
        x = keras.ops.matmul(keras.ops.softmax(scores), value)
        x = keras.ops.reshape(
            keras.ops.swapaxes(x, 1, 2),
            (-1, num_tokens, self.num_heads * self.head_dim),
        )
        return self.output_dense(x)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "head_dim": self.head_dim,
        }
