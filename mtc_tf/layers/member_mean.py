"""The answer of several networks."""

import keras
import numpy as np
from keras import ops

# Twice the smallest normal number of float32: its logarithm is finite, and
# comes back from there as a number above 0, however it is rounded.
_SMALLEST = 2 * float(np.finfo("float32").tiny)


@keras.saving.register_keras_serializable(package="mtc_tf")
class MemberMean(keras.layers.Layer):
    """Averages the probabilities of several networks, the members.

    In inference it is the arithmetic mean. In training it is the geometric one,
    which is not normalised: minus its logarithm is the mean of the members' own
    losses, so that one loss trains each of them as if it were alone.

    Takes the arguments of `keras.layers.Layer`, and none of its own.

    Input shape:
        list of tensors `(batch, classes)`.

    Output shape:
        `(batch, classes)`, float32.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        # float32 also under mixed precision, as the heads.
        self.autocast = False

    def call(self, inputs, training=None):
        probabilities = ops.stack(inputs)  # (members, batch, classes)
        if not training:
            return ops.mean(probabilities, axis=0)
        logarithms = ops.log(ops.maximum(probabilities, _SMALLEST))
        return ops.exp(ops.mean(logarithms, axis=0))

    def compute_output_shape(self, input_shape):
        return input_shape[0]
