"""Bytes as learned vectors."""

import keras
from keras import ops

_VALUES = 256  # of a byte


@keras.saving.register_keras_serializable(package="mtc_tf")
class ByteEmbedding(keras.layers.Layer):
    """Gives each byte a vector that is learned for its value.

    The first `own_positions` bytes, which hold the headers, add a vector that
    is learned for the value at that position: 6 means TCP in one place and
    nothing in another. These start at zero. The byte itself, divided by 255,
    is one more channel.

    All vectors are rows of one table, which is put together in each step. That
    costs next to nothing, and the gradient of the tables is dense: the
    optimizer would make it so anyway, and the norm of a gradient is that of its
    sum, not of its parts.

    Args:
        embedding_dim: int. Size of a vector.
        own_positions: int. Bytes with vectors of their own position.
        **kwargs: other arguments of `keras.layers.Layer`.

    Input shape:
        `(batch, length)`, uint8, at least `own_positions` bytes.

    Output shape:
        `(batch, length, embedding_dim + 1)`.
    """

    def __init__(self, embedding_dim, own_positions, **kwargs):
        super().__init__(**kwargs)
        self.embedding_dim = embedding_dim
        self.own_positions = own_positions

    def build(self, input_shape):
        if input_shape[-1] < self.own_positions:
            raise ValueError(
                "`own_positions` must not exceed the length of the input. "
                f"Received: own_positions={self.own_positions}, "
                f"input shape={tuple(input_shape)}."
            )
        self.shared = self.add_weight(
            (_VALUES, self.embedding_dim),
            initializer="uniform",
            name="shared",
        )
        self.own = self.add_weight(
            (self.own_positions, _VALUES, self.embedding_dim),
            initializer="zeros",
            name="own",
        )
        self.built = True

    def call(self, inputs):
        table = ops.concatenate(
            [
                ops.reshape(self.own + self.shared, (-1, self.embedding_dim)),
                ops.convert_to_tensor(self.shared),
            ]
        )  # (own_positions * 256 + 256, embedding_dim)
        length = inputs.shape[1]
        starts = ops.minimum(ops.arange(length), self.own_positions) * _VALUES
        places = ops.cast(inputs, "int32") + ops.cast(starts, "int32")
        vectors = ops.take(table, places, axis=0)
        numbers = ops.cast(ops.expand_dims(inputs, 2), vectors.dtype) / 255
        return ops.concatenate([vectors, numbers], axis=2)

    def compute_output_shape(self, input_shape):
        return (*input_shape, self.embedding_dim + 1)

    def get_config(self):
        return {
            **super().get_config(),
            "embedding_dim": self.embedding_dim,
            "own_positions": self.own_positions,
        }
