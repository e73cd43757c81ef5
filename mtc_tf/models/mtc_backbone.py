"""MTC without its heads: two parallel branches and their fusion."""

import keras

from mtc_tf.layers.cnn_bottleneck import CNNBottleneck
from mtc_tf.layers.convolution_unit import ConvolutionUnit
from mtc_tf.layers.feature_downsampling import FeatureDownsampling
from mtc_tf.layers.feature_upsampling import FeatureUpsampling
from mtc_tf.layers.transformer_encoder import TransformerEncoder
from mtc_tf.models.inputs_and_heads import scaled_input
from mtc_tf.models.inputs_and_heads import tokens_of

# Channels of the bottlenecks in the three blocks (Table 3): inside, outside.
BOTTLENECK_FILTERS = ((50, 100), (50, 100), (100, 200))


@keras.saving.register_keras_serializable(package="mtc_tf")
class MTCBackbone(keras.Model):
    """The two branches of MTC over the bytes of a packet or flow features.

    Choice: where the encoders normalise before each sublayer, their sum is
    normalised once more behind the last one; nothing else would.

    Args:
        num_tokens: int. Number of tokens of the Transformer branch (n).
        hidden_dim: int. Size of a token (d).
        num_heads: int. Number of attention heads (H).
        num_encoders: tuple of three ints. Encoders of each Transformer block.
        intermediate_dim: int. Size of the encoders' first fully connected
            layer.
        encoder_dropout: float. Probability of dropping in the encoders.
        cnn_dropout: float. Probability of dropping in the 1D-CNN blocks.
        stem_strides: int. 1 is the paper's model. Above that, a convolution of
            this kernel and stride shortens the sequence before the first
            1D-CNN block; must divide `hidden_dim`.
        norm_first: bool. Order of normalisation in the encoders.
        batch_norm: bool. Whether the 1D-CNN blocks normalise.
        input_name: str. A key of `mtc_tf.tasks.MODEL_INPUTS`.
        length: int. Number of values of the input, by default
            `num_tokens * hidden_dim`. Fewer than that are filled up with
            zeros; the last token must hold one of them at least.
        **kwargs: other arguments of `keras.Model`.

    Input shape:
        dict with `input_name`: `(batch, length)`.

    Output shape:
        dict with `transformer`: `(batch, num_tokens, hidden_dim)`, and `cnn`:
        `(batch, num_tokens * hidden_dim / stem_strides, 200)`.

    Paper: Sections 3.3.1 to 3.3.4 and Table 3.
    """

    def __init__(
        self,
        num_tokens=30,
        hidden_dim=50,
        num_heads=6,
        num_encoders=(1, 5, 6),
        intermediate_dim=1024,
        encoder_dropout=0.1,
        cnn_dropout=0.07,
        stem_strides=1,
        norm_first=True,
        batch_norm=True,
        input_name="packet",
        length=None,
        **kwargs,
    ):
        num_encoders = tuple(num_encoders)
        length = length or num_tokens * hidden_dim
        _check_sizes(hidden_dim, num_encoders, stem_strides)
        positions = num_tokens * hidden_dim // stem_strides

        # === Layers ===
        encoders = [
            [
                TransformerEncoder(
                    num_heads,
                    intermediate_dim,
                    dropout=encoder_dropout,
                    norm_first=norm_first,
                    name=f"block{block}_encoder{index}",
                )
                for index in range(1, count + 1)
            ]
            for block, count in enumerate(num_encoders, start=1)
        ]

        def bottleneck(block, index):
            return CNNBottleneck(
                *BOTTLENECK_FILTERS[block - 1],
                dropout=cnn_dropout,
                batch_norm=batch_norm,
                name=f"block{block}_bottleneck{index}",
            )

        # === Functional Model ===
        inputs, values = scaled_input(input_name, length)
        # (batch, num_tokens, hidden_dim), (batch, num_tokens * hidden_dim, 1)
        tokens, sequence = tokens_of(values, num_tokens, hidden_dim)

        # Block 1: the branches run side by side.
        for encoder in encoders[0]:
            tokens = encoder(tokens)
        if stem_strides > 1:
            sequence = ConvolutionUnit(
                BOTTLENECK_FILTERS[0][0],
                stem_strides,
                strides=stem_strides,
                dropout=cnn_dropout,
                batch_norm=batch_norm,
                name="stem",
            )(sequence)  # (batch, positions, 50)
        sequence, _ = bottleneck(1, 1)(sequence)  # (batch, positions, 100)

        # Blocks 2 and 3: each branch receives the other's features.
        for block in (2, 3):
            sequence, local = bottleneck(block, 1)(sequence)
            local = FeatureDownsampling(
                num_tokens, hidden_dim, name=f"block{block}_downsampling"
            )(local)  # (batch, num_tokens, hidden_dim)
            tokens = keras.layers.Add(name=f"block{block}_merge")(
                [tokens, local]
            )
            tokens = keras.layers.LayerNormalization(
                epsilon=1e-5, name=f"block{block}_merge_norm"
            )(tokens)
            for encoder in encoders[block - 1]:
                tokens = encoder(tokens)
            long_range = FeatureUpsampling(
                positions,
                BOTTLENECK_FILTERS[block - 1][0],
                name=f"block{block}_upsampling",
            )(tokens)  # (batch, positions, filters)
            sequence, _ = bottleneck(block, 2)(sequence, long_range)

        if norm_first:
            # Otherwise the last encoder has normalised them.
            tokens = keras.layers.LayerNormalization(
                epsilon=1e-5, name="final_norm"
            )(tokens)

        super().__init__(
            inputs=inputs,
            outputs={"transformer": tokens, "cnn": sequence},
            **kwargs,
        )

        # === Config ===
        self.positions = positions
        self.num_tokens = num_tokens
        self.hidden_dim = hidden_dim
        self.num_heads = num_heads
        self.num_encoders = num_encoders
        self.intermediate_dim = intermediate_dim
        self.encoder_dropout = encoder_dropout
        self.cnn_dropout = cnn_dropout
        self.stem_strides = stem_strides
        self.norm_first = norm_first
        self.batch_norm = batch_norm
        self.input_name = input_name
        self.length = length

    def get_config(self):
        return {
            "name": self.name,
            "trainable": self.trainable,
            "num_tokens": self.num_tokens,
            "hidden_dim": self.hidden_dim,
            "num_heads": self.num_heads,
            "num_encoders": self.num_encoders,
            "intermediate_dim": self.intermediate_dim,
            "encoder_dropout": self.encoder_dropout,
            "cnn_dropout": self.cnn_dropout,
            "stem_strides": self.stem_strides,
            "norm_first": self.norm_first,
            "batch_norm": self.batch_norm,
            "input_name": self.input_name,
            "length": self.length,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def _check_sizes(hidden_dim, num_encoders, stem_strides):
    if len(num_encoders) != len(BOTTLENECK_FILTERS):
        raise ValueError(
            "`num_encoders` must hold one number for each of the three "
            f"blocks. Received: num_encoders={num_encoders}."
        )
    if hidden_dim % stem_strides:
        raise ValueError(
            "`stem_strides` must divide `hidden_dim`, so that each token "
            "covers whole positions of the 1D-CNN branch. Received: "
            f"stem_strides={stem_strides}, hidden_dim={hidden_dim}."
        )
