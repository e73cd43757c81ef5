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

    Call arguments:
        inputs: tensor of shape `(batch, num_tokens, hidden_dim)`.
        is_present: tensor of shape `(batch, num_tokens)`, or None. No token
            looks at one for which it is 0. Where it is 0 for all tokens, they
            look at each other.

    Output shape:
        the input's.

    Paper: Section 3.3.2, equations (2) and (3).
    """

    def __init__(self, num_heads, head_dim, **kwargs):
        super().__init__(**kwargs)
        self.num_heads = num_heads
        self.head_dim = head_dim

    def build(self, inputs_shape, is_present_shape=None):
        width = self.num_heads * self.head_dim
        self.query_key_value = keras.layers.Dense(
            3 * width, dtype=self.dtype_policy, name="query_key_value"
        )
        self.query_key_value.build(inputs_shape)
        self.output_dense = keras.layers.Dense(
            inputs_shape[-1], dtype=self.dtype_policy, name="output"
        )
        self.output_dense.build((*inputs_shape[:-1], width))
        self.built = True

    def call(self, inputs, is_present=None):
        num_tokens = inputs.shape[1]
        # Each (batch, num_tokens, num_heads, head_dim); so is what comes back.
        query, key, value = self._heads(inputs)
        mask = None
        if is_present is not None:
            # The same for all heads, and for all tokens that look.
            mask = keras.ops.cast(is_present, "bool")[:, None, None, :]
        x = keras.ops.dot_product_attention(
            query, key, value, mask=mask, scale=self.head_dim**-0.5
        )
        return self.output_dense(
            keras.ops.reshape(
                x, (-1, num_tokens, self.num_heads * self.head_dim)
            )
        )

    def scores(self, inputs):
        """Says where each token looks, which `call` does not keep.

        Args:
            inputs: tensor `(batch, num_tokens, hidden_dim)`, all of whose
                tokens are present.

        Returns:
            float32 tensor `(batch, num_heads, num_tokens, num_tokens)`: of each
            token, how much it takes of each; they add up to 1.
        """
        query, key, _ = self._heads(inputs)
        products = keras.ops.einsum("bqhd,bkhd->bhqk", query, key)
        products = keras.ops.cast(products, "float32") * self.head_dim**-0.5
        return keras.ops.softmax(products, axis=-1)

    def _heads(self, inputs):
        """Query, key and value."""
        x = keras.ops.reshape(
            self.query_key_value(inputs),
            (-1, inputs.shape[1], 3, self.num_heads, self.head_dim),
        )
        return keras.ops.unstack(x, 3, axis=2)

    def compute_output_shape(self, inputs_shape, is_present_shape=None):
        return inputs_shape

    def get_config(self):
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "head_dim": self.head_dim,
        }
