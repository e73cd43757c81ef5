"""The Multi-task Transformer, which MTC is compared with."""

import keras

from mtc_tf.layers.positional_encoding import PositionalEncoding
from mtc_tf.layers.transformer_encoder import TransformerEncoder
from mtc_tf.models.inputs_and_heads import heads
from mtc_tf.models.inputs_and_heads import scaled_input
from mtc_tf.models.inputs_and_heads import tokens_of


@keras.saving.register_keras_serializable(package="mtc_tf")
class MultitaskTransformer(keras.Model):
    """The Transformer branch of MTC alone, with positional encoding.

    The tokens are those of MTC: pieces of the input, with nothing learned.

    Choice: the tokens are averaged before the heads, as in `MTC`; the paper
    does not say how the heads read them. Normalisation stands where it does in
    MTC's Transformer branch, so that the comparison is of the branches.

    Args:
        num_classes: dict from task name to number of classes. A task that is
            left out has no head.
        input_name: str. A key of `mtc_tf.tasks.MODEL_INPUTS`.
        length: int. Number of values of the input. The last token is filled
            up with zeros; it must hold one value at least.
        num_tokens: int. Number of tokens (n).
        hidden_dim: int. Size of a token (d).
        num_heads: int. Number of attention heads (H).
        num_encoders: int. Number of encoders.
        intermediate_dim: int. Size of the encoders' first fully connected
            layer.
        dropout: float. Probability of dropping in the encoders.
        norm_first: bool. Order of normalisation in the encoders.
        **kwargs: other arguments of `keras.Model`.

    Input shape:
        dict with `input_name`: `(batch, length)`.

    Output shape:
        dict from task name to probabilities `(batch, num_classes[task])`.

    Paper: Section 4.3.1.
    """

    def __init__(
        self,
        num_classes,
        input_name="packet",
        length=1500,
        num_tokens=30,
        hidden_dim=50,
        num_heads=6,
        num_encoders=7,
        intermediate_dim=1024,
        dropout=0.1,
        norm_first=True,
        **kwargs,
    ):
        # === Layers ===
        add_positions = PositionalEncoding(name="positional_encoding")
        encoders = [
            TransformerEncoder(
                num_heads,
                intermediate_dim,
                dropout=dropout,
                norm_first=norm_first,
                name=f"encoder{index}",
            )
            for index in range(1, num_encoders + 1)
        ]
        average = keras.layers.GlobalAveragePooling1D(name="average")

        # === Functional Model ===
        inputs, values = scaled_input(input_name, length)
        tokens, _ = tokens_of(values, num_tokens, hidden_dim)
        tokens = add_positions(tokens)  # (batch, num_tokens, hidden_dim)
        for encoder in encoders:
            tokens = encoder(tokens)
        if norm_first:
            # Otherwise the last encoder has normalised them.
            tokens = keras.layers.LayerNormalization(
                epsilon=1e-5, name="final_norm"
            )(tokens)
        features = average(tokens)  # (batch, hidden_dim)
        super().__init__(
            inputs=inputs,
            outputs=heads(features, num_classes, input_name),
            **kwargs,
        )

        # === Config ===
        self.num_classes = dict(num_classes)
        self.input_name = input_name
        self.length = length
        self.num_tokens = num_tokens
        self.hidden_dim = hidden_dim
        self.num_heads = num_heads
        self.num_encoders = num_encoders
        self.intermediate_dim = intermediate_dim
        self.dropout = dropout
        self.norm_first = norm_first

    def get_config(self):
        return {
            "name": self.name,
            "trainable": self.trainable,
            "num_classes": self.num_classes,
            "input_name": self.input_name,
            "length": self.length,
            "num_tokens": self.num_tokens,
            "hidden_dim": self.hidden_dim,
            "num_heads": self.num_heads,
            "num_encoders": self.num_encoders,
            "intermediate_dim": self.intermediate_dim,
            "dropout": self.dropout,
            "norm_first": self.norm_first,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**config)
