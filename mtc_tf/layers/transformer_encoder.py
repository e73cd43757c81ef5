"""One encoder of the Transformer branch."""

import keras

from mtc_tf.layers.byte_dropout import ByteDropout
from mtc_tf.layers.self_attention import SelfAttention


@keras.saving.register_keras_serializable(package="mtc_tf")
class TransformerEncoder(keras.layers.Layer):
    """Self-attention, then a feed-forward network, each with a residual.

    Each head has `hidden_dim // num_heads` values, scaled by the root of that
    number (equation 2; d_K = d_V, so the paper's sqrt(d_V) is the usual
    sqrt(d_K)). With `hidden_dim=50` and `num_heads=6` that is 8, and the
    output projection W^M of equation 3 leads from 48 back to 50.

    Choice: normalisation before each sublayer and none after (pre-norm). The
    paper's text normalises after each residual; `norm_first=False` gives that
    order. `docs/choices.md` gives the reason.

    Args:
        num_heads: int. Number of attention heads (H).
        intermediate_dim: int. Size of the first fully connected layer. The
            second one has the size of the input's last axis.
        dropout: float. Probability of dropping, after each of the two fully
            connected layers.
        norm_first: bool. Whether to normalise before each sublayer.
        **kwargs: other arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: tensor of shape `(batch, num_tokens, hidden_dim)`.
        is_present: tensor of shape `(batch, num_tokens)`, or None, as of
            `SelfAttention`.

    Output shape:
        the input's.

    Paper: Section 3.3.2, equations (1) to (3).
    """

    def __init__(
        self,
        num_heads,
        intermediate_dim=1024,
        dropout=0.1,
        norm_first=True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.num_heads = num_heads
        self.intermediate_dim = intermediate_dim
        self.dropout = dropout
        self.norm_first = norm_first

    def build(self, inputs_shape, is_present_shape=None):
        hidden_dim = inputs_shape[-1]
        if hidden_dim < self.num_heads:
            raise ValueError(
                "`num_heads` must not exceed the size of the last axis. "
                f"Received: num_heads={self.num_heads}, "
                f"input shape={tuple(inputs_shape)}."
            )
        self.attention_norm = keras.layers.LayerNormalization(
            epsilon=1e-5, dtype=self.dtype_policy, name="attention_norm"
        )
        self.attention = SelfAttention(
            self.num_heads,
            hidden_dim // self.num_heads,
            dtype=self.dtype_policy,
            name="attention",
        )
        self.feedforward_norm = keras.layers.LayerNormalization(
            epsilon=1e-5, dtype=self.dtype_policy, name="feedforward_norm"
        )
        self.expand = keras.layers.Dense(
            self.intermediate_dim,
            activation="relu",
            dtype=self.dtype_policy,
            name="expand",
        )
        self.expand_dropout = ByteDropout(self.dropout, dtype=self.dtype_policy)
        self.project = keras.layers.Dense(
            hidden_dim, dtype=self.dtype_policy, name="project"
        )
        self.project_dropout = ByteDropout(
            self.dropout, dtype=self.dtype_policy
        )

        self.attention_norm.build(inputs_shape)
        self.attention.build(inputs_shape)
        self.feedforward_norm.build(inputs_shape)
        self.expand.build(inputs_shape)
        self.project.build((*inputs_shape[:-1], self.intermediate_dim))
        self.built = True

    def call(self, inputs, is_present=None, training=None):
        x = inputs  # (batch, num_tokens, hidden_dim)
        if self.norm_first:
            x = x + self.attention(self.attention_norm(x), is_present)
            return x + self._feed_forward(self.feedforward_norm(x), training)
        x = self.attention_norm(x + self.attention(x, is_present))
        return self.feedforward_norm(x + self._feed_forward(x, training))

    def attention_scores(self, inputs):
        """Says where each token looks, as `SelfAttention.scores` does.

        Args:
            inputs: tensor `(batch, num_tokens, hidden_dim)`.

        Returns:
            float tensor `(batch, num_heads, num_tokens, num_tokens)`.
        """
        if self.norm_first:
            inputs = self.attention_norm(inputs)
        return self.attention.scores(inputs)

    def _feed_forward(self, x, training):
        x = self.expand_dropout(self.expand(x), training=training)
        return self.project_dropout(self.project(x), training=training)

    def compute_output_shape(self, inputs_shape, is_present_shape=None):
        return inputs_shape

    def get_config(self):
        return {
            **super().get_config(),
            "num_heads": self.num_heads,
            "intermediate_dim": self.intermediate_dim,
            "dropout": self.dropout,
            "norm_first": self.norm_first,
        }
