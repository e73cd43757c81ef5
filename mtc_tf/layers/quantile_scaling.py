"""The scaler of flow features, as a layer."""

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="mtc_tf")
class QuantileScaling(keras.layers.Layer):
    """Brings each feature to the share of training rows that lie below it.

    Computes what `sklearn.preprocessing.QuantileTransformer` with uniform
    output computes: interpolation between the quantiles, the middle of the
    range where several quantiles have the value, 0 up to the smallest and 1
    from the largest one on.

    Args:
        quantiles: nested list of float, `(features, quantiles)`, each row in
            ascending order and with two quantiles at least.
        **kwargs: other arguments of `keras.layers.Layer`.

    Input shape:
        `(batch, features)`, float32.

    Output shape:
        the input's.
    """

    def __init__(self, quantiles, **kwargs):
        super().__init__(**kwargs)
        # float32 also under mixed precision: features reach 1e9, and a rounded
        # one lies between other quantiles.
        self.autocast = False
        table = np.asarray(quantiles, np.float32)
        if table.ndim != 2 or table.shape[1] < 2:
            raise ValueError(
                "`quantiles` must have a row for each feature and two columns "
                f"at least. Received: shape {table.shape}."
            )
        self.quantiles = table.tolist()
        self._table = table

    def build(self, input_shape):
        if input_shape[-1] != len(self._table):
            raise ValueError(
                "`quantiles` must have a row for each feature. Received: "
                f"{len(self._table)} rows, input shape={tuple(input_shape)}."
            )
        self.built = True

    def call(self, inputs):
        below = self._count(inputs, ops.less)  # (batch, features)
        up_to = self._count(inputs, ops.less_equal)
        last = self._table.shape[1] - 1
        # Between two quantiles: the share of the way from one to the other.
        lower = ops.clip(up_to - 1, 0, last - 1)
        start, end = self._at(lower), self._at(lower + 1)
        width = ops.where(end > start, end - start, 1.0)
        share = ops.clip((inputs - start) / width, 0.0, 1.0)
        between = ops.cast(lower, "float32") + share
        # On one or several quantiles: the middle of the first and the last.
        on = ops.cast(below + up_to - 1, "float32") / 2
        rank = ops.where(up_to > below, on, between)
        rank = ops.where(up_to == last + 1, float(last), rank)
        # `below` is 0 on the smallest quantile too, whatever its number.
        return ops.where(below == 0, 0.0, rank) / last

    def _count(self, inputs, compare):
        """How many quantiles are less than (or equal to) each value.

        A binary search: TFLite knows `take`, but no search of its own.
        """
        size = self._table.shape[1]
        count = ops.zeros_like(inputs, dtype="int32")
        step = 1 << (size.bit_length() - 1)
        while step:
            candidate = ops.minimum(count + step, size)
            passes = compare(self._at(candidate - 1), inputs)
            count = ops.where(passes, candidate, count)
            step //= 2
        return count

    def _at(self, index):
        """The quantiles of these numbers, `(batch, features)`."""
        features, size = self._table.shape
        starts = np.arange(features, dtype="int32") * size
        return ops.take(self._table.reshape(-1), index + starts)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "quantiles": self.quantiles}
