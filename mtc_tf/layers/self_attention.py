"""Multi-head self-attention with one product for query, key and value."""

import keras


@keras.saving.register_keras_serializable(package="mtc_tf")
class SelfAttention(keras.layers.Layer):
    """What `keras.layers.MultiHeadAttention` does with a single input.

    Query, key and value come from one matrix product instead of three, which
    saves some 3 % of a training step (`benchmarks/layers.py`). Keras computes
    the softmax in float32, also under mixed precision.

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
            3 * width, dtype=self.dtype_policy, name="query_key_value"
        )
        self.query_key_value.build(input_shape)
        self.output_dense = keras.layers.Dense(
            input_shape[-1], dtype=self.dtype_policy, name="output"
        )
        self.output_dense.build((*input_shape[:-1], width))
        self.built = True

    def call(self, inputs):
        num_tokens = inputs.shape[1]
        x = keras.ops.reshape(
            self.query_key_value(inputs),
            (-1, num_tokens, 3, self.num_heads, self.head_dim),
        )
        # Each (batch, num_tokens, num_heads, head_dim); so is what comes back.
        query, key, value = keras.ops.unstack(x, 3, axis=2)
        x = keras.ops.dot_product_attention(
            query, key, value, scale=self.head_dim**-0.5
        )
        return self.output_dense(
            keras.ops.reshape(
                x, (-1, num_tokens, self.num_heads * self.head_dim)
            )
        )

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "head_dim": self.head_dim,
        }
