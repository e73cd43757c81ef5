"""MTC-Series without its heads: one member's two branches and their fusion."""

import keras
from keras import ops

from mtc_tf.features.packet_series import SERIES_BYTES
from mtc_tf.layers.byte_embedding import ByteEmbedding
from mtc_tf.layers.cnn_bottleneck import CNNBottleneck
from mtc_tf.layers.feature_downsampling import FeatureDownsampling
from mtc_tf.layers.feature_upsampling import FeatureUpsampling
from mtc_tf.layers.position_embedding import PositionEmbedding
from mtc_tf.layers.transformer_encoder import TransformerEncoder
from mtc_tf.models.series_inputs import mean_of_present

# Of a packet's bytes: the size of their vectors, and how many have vectors of
# their own position (an IPv6 header, or IPv4 and TCP).
EMBEDDING_DIM = 4
OWN_POSITIONS = 40
FIRST_PACKET_UNITS = 64
# Channels of the bottlenecks: inside, outside.
BOTTLENECK_FILTERS = (32, 64)


class MTCSeriesBackbone(keras.Model):
    """The two branches of MTC-Series over the packets of a window.

    Each packet is a token of the Transformer branch and a position of the
    1D-CNN branch. The branches exchange features as those of MTC do (Section
    3.3.4), in the second and third block, with one encoder and one bottleneck
    each. Packets that a window lacks are looked at by no token, are zeros for
    the convolutions, and do not count in the averages.

    Args:
        length: int. Packets of a window.
        encoded_fields: int. Values that the header fields of a packet are
            encoded as.
        hidden_dim: int. Size of a token (d).
        num_heads: int. Number of attention heads (H).
        intermediate_dim: int. Size of the encoders' first fully connected
            layer.
        encoder_dropout: float. Probability of dropping in the encoders.
        cnn_dropout: float. Probability of dropping in the 1D-CNN blocks.
        **kwargs: other arguments of `keras.Model`.

    Input shape:
        dict with `numbers`: `(batch, length, 3)`, `bytes`: int32
        `(batch, length, 64)`, `fields`: `(batch, length, encoded_fields)`, and
        `is_present`: `(batch, length)`.

    Output shape:
        `(batch, hidden_dim + 64 + 64)`, float32: the averages of both branches,
        and what the header fields of the first packet say.
    """

    def __init__(
        self,
        length,
        encoded_fields,
        hidden_dim,
        num_heads,
        intermediate_dim,
        encoder_dropout,
        cnn_dropout,
        **kwargs,
    ):
        # === Layers ===
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
                *BOTTLENECK_FILTERS,
                dropout=cnn_dropout,
                name=f"block{block}_bottleneck",
            )
            for block in (1, 2, 3)
        ]
        first_packet = keras.layers.Dense(
            FIRST_PACKET_UNITS, activation="relu", name="first_packet"
        )

        # === Functional Model ===
        inputs = {
            "numbers": keras.Input((length, 3), name="numbers"),
            "bytes": keras.Input(
                (length, SERIES_BYTES), dtype="int32", name="bytes"
            ),
            "fields": keras.Input((length, encoded_fields), name="fields"),
            "is_present": keras.Input((length,), name="is_present"),
        }
        is_present = inputs["is_present"]
        tokens = _tokens(inputs, hidden_dim)  # (batch, length, hidden_dim)
        there = keras.layers.Reshape((length, 1), name="there")(is_present)
        sequence = _masked(tokens, there, "sequence")
        tokens = PositionEmbedding(name="position_embedding")(tokens)

        # Block 1: the branches run side by side.
        tokens = encoders[0](tokens, is_present)
        sequence, local = bottlenecks[0](sequence)  # (batch, length, 64), 32

        # Blocks 2 and 3: each branch receives the other's features.
        for block in (2, 3):
            local = FeatureDownsampling(
                length, hidden_dim, name=f"block{block}_downsampling"
            )(local)  # (batch, length, hidden_dim)
            tokens = keras.layers.Add(name=f"block{block}_merge")(
                [tokens, local]
            )
            tokens = keras.layers.LayerNormalization(
                epsilon=1e-5, name=f"block{block}_merge_norm"
            )(tokens)
            tokens = encoders[block - 1](tokens, is_present)
            long_range = FeatureUpsampling(
                length,
                BOTTLENECK_FILTERS[0],
                name=f"block{block}_upsampling",
            )(tokens)  # (batch, length, 32)
            sequence, local = bottlenecks[block - 1](
                _masked(sequence, there, f"block{block}_sequence"),
                _masked(long_range, there, f"block{block}_long_range"),
            )

        tokens = keras.layers.LayerNormalization(
            epsilon=1e-5, name="final_norm"
        )(tokens)
        features = keras.layers.Concatenate(dtype="float32", name="features")(
            [
                mean_of_present(tokens, is_present),
                mean_of_present(sequence, is_present),
                first_packet(inputs["fields"][:, 0]),
            ]
        )
        super().__init__(inputs=inputs, outputs=features, **kwargs)


def _masked(values, there, name):
    """Zeros where there is no packet; convolutions see their neighbours."""
    return keras.layers.Multiply(name=name)([values, there])


def _tokens(inputs, hidden_dim):
    """What each packet says, and how its fields differ from the one before."""
    length = inputs["bytes"].shape[1]
    vectors = ByteEmbedding(
        EMBEDDING_DIM, OWN_POSITIONS, name="byte_embedding"
    )(ops.reshape(inputs["bytes"], (-1, SERIES_BYTES)))
    vectors = keras.layers.Dense(hidden_dim, name="byte_token")(
        ops.reshape(vectors, (-1, length, SERIES_BYTES * (EMBEDDING_DIM + 1)))
    )
    fields = inputs["fields"]
    both = ops.expand_dims(inputs["is_present"][:, 1:], 2)
    changes = (fields[:, 1:] - fields[:, :-1]) * both
    changes = keras.layers.ZeroPadding1D((1, 0), name="changes")(changes)
    parts = [
        vectors,
        keras.layers.Dense(hidden_dim, use_bias=False, name="field_token")(
            fields
        ),
        keras.layers.Dense(hidden_dim, use_bias=False, name="change_token")(
            changes
        ),
        keras.layers.Dense(hidden_dim, use_bias=False, name="number_token")(
            inputs["numbers"]
        ),
    ]
    return keras.layers.Add(name="tokens")(parts)
