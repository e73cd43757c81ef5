"""Learned positions."""

import keras


@keras.saving.register_keras_serializable(package="mtc_tf")
class PositionEmbedding(keras.layers.Layer):
    """Adds to each token a vector that is learned for its position.

    Takes the arguments of `keras.layers.Layer`, and none of its own.

    Input shape:
        `(batch, num_tokens, hidden_dim)`.

    Output shape:
        the input's.
    """

    def build(self, input_shape):
        self.positions = self.add_weight(
            tuple(input_shape[1:]),
            initializer=keras.initializers.RandomNormal(stddev=0.02),
            name="positions",
        )
        self.built = True

    def call(self, inputs):
        return inputs + self.positions

    def compute_output_shape(self, input_shape):
        return input_shape
