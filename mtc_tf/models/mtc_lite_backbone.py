"""MTC-Lite without its heads: one member's two branches and their fusion."""

import keras

from mtc_tf.layers.byte_embedding import ByteEmbedding
from mtc_tf.layers.cnn_bottleneck import CNNBottleneck
from mtc_tf.layers.feature_downsampling import FeatureDownsampling
from mtc_tf.layers.feature_upsampling import FeatureUpsampling
from mtc_tf.layers.position_embedding import PositionEmbedding
from mtc_tf.layers.transformer_encoder import TransformerEncoder

# Bytes of a packet that the model looks at, those of them whose position has
# vectors of its own (an IPv6 header, or IPv4 and TCP), and those of a token.
NUM_BYTES = 64
OWN_POSITIONS = 40
TOKEN_BYTES = 4
EMBEDDING_DIM = 16
FIELD_UNITS = 128
BRANCHES = ("transformer", "cnn")
# Channels of the bottlenecks in the three blocks: inside, outside.
BOTTLENECK_FILTERS = ((32, 32), (32, 32), (32, 64))


class MTCLiteBackbone(keras.Model):
    """The two branches of MTC-Lite over bytes and header fields.

    The branches exchange features as those of MTC do (Section 3.3.4), with a
    single bottleneck a block: the Transformer branch receives what the 1D-CNN
    branch found in the block before, and its answer goes to the bottleneck of
    its own block. The token of the fields takes no part in this, as it has no
    place among the bytes. A branch by itself is a comparison model of this
    size, as those of Section 4.3 are of MTC's.

    Args:
        encoded_fields: int. Values that the header fields are encoded as.
        hidden_dim: int. Size of a token (d).
        num_heads: int. Number of attention heads (H).
        intermediate_dim: int. Size of the encoders' first fully connected
            layer.
        encoder_dropout: float. Probability of dropping in the encoders.
        cnn_dropout: float. Probability of dropping in the 1D-CNN blocks.
        branches: tuple of str. Those of `BRANCHES` that it has.
        **kwargs: other arguments of `keras.Model`.

    Input shape:
        dict with `bytes`: uint8 `(batch, 64)`, and `fields`:
        `(batch, encoded_fields)`.

    Output shape:
        dict with `transformer`: `(batch, 17, hidden_dim)`, `cnn`:
        `(batch, 64, 64)`, and `fields`: `(batch, 128)`; no entry for a branch
        that it does not have.
    """

    def __init__(
        self,
        encoded_fields,
        hidden_dim,
        num_heads,
        intermediate_dim,
        encoder_dropout,
        cnn_dropout,
        branches=BRANCHES,
        **kwargs,
    ):
        # === Layers ===
        num_tokens = NUM_BYTES // TOKEN_BYTES
        field_features = keras.layers.Dense(
            FIELD_UNITS, activation="relu", name="field_features"
        )
        encoders = [
            TransformerEncoder(
                num_heads,
                intermediate_dim,
                dropout=encoder_dropout,
                name=f"block{block}_encoder",
            )
            for block in (1, 2, 3)
        ]
        bottlenecks = [
            CNNBottleneck(
                *filters, dropout=cnn_dropout, name=f"block{block}_bottleneck"
            )
            for block, filters in enumerate(BOTTLENECK_FILTERS, start=1)
        ]

        # === Functional Model ===
        inputs = {
            "bytes": keras.Input((NUM_BYTES,), dtype="uint8", name="bytes"),
            "fields": keras.Input((encoded_fields,), name="fields"),
        }
        fields = field_features(inputs["fields"])  # (batch, 128)
        # (batch, 64, 17)
        sequence = ByteEmbedding(
            EMBEDDING_DIM, OWN_POSITIONS, name="byte_embedding"
        )(inputs["bytes"])
        tokens = _tokens(sequence, fields, num_tokens, hidden_dim)
        fused = set(branches) == set(BRANCHES)

        # The branches run side by side; from block 2 on each of them receives
        # the other's features.
        local, long_range = None, None
        for block in (1, 2, 3):
            if fused and block > 1:
                tokens = _merged(tokens, local, block)
            if "transformer" in branches:
                # (batch, 17, hidden_dim)
                tokens = encoders[block - 1](tokens)
            if fused and block > 1:
                long_range = FeatureUpsampling(
                    NUM_BYTES,
                    BOTTLENECK_FILTERS[block - 1][0],
                    name=f"block{block}_upsampling",
                )(tokens[:, :num_tokens])  # (batch, 64, 32)
            if "cnn" in branches:
                sequence, local = bottlenecks[block - 1](sequence, long_range)

        tokens = keras.layers.LayerNormalization(
            epsilon=1e-5, name="final_norm"
        )(tokens)
        features = {"transformer": tokens, "cnn": sequence}
        super().__init__(
            inputs=inputs,
            outputs={
                **{name: features[name] for name in branches},
                "fields": fields,
            },
            **kwargs,
        )


def _merged(tokens, local, block):
    """The tokens with what the 1D-CNN branch found in the block before."""
    _, num_tokens, hidden_dim = tokens.shape
    local = FeatureDownsampling(
        num_tokens - 1, hidden_dim, name=f"block{block}_downsampling"
    )(local)
    local = keras.layers.ZeroPadding1D(
        (0, 1), name=f"block{block}_field_place"
    )(local)
    merged = keras.layers.Add(name=f"block{block}_merge")([tokens, local])
    return keras.layers.LayerNormalization(
        epsilon=1e-5, name=f"block{block}_merge_norm"
    )(merged)


def _tokens(sequence, fields, num_tokens, hidden_dim):
    """The tokens of the bytes, and that of the fields behind them.

    Returns:
        tensor `(batch, num_tokens + 1, hidden_dim)`.
    """
    chunks = keras.layers.Reshape((num_tokens, -1), name="chunks")(sequence)
    tokens = keras.layers.Dense(hidden_dim, name="tokens")(chunks)
    tokens = PositionEmbedding(name="position_embedding")(tokens)
    field_token = keras.layers.Dense(hidden_dim, name="field_token")(fields)
    field_token = keras.layers.Reshape((1, hidden_dim), name="field_place")(
        field_token
    )
    return keras.layers.Concatenate(axis=1, name="all_tokens")(
        [tokens, field_token]
    )
