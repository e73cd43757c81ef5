"""Numbers as shares of bins."""

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="mtc_tf")
class PiecewiseLinearEncoding(keras.layers.Layer):
    """Says of each number how much of each bin lies below it.

    The bins of a feature lie between the quantiles of its values that `adapt`
    is given. A bin below the number gives 1, a bin above it 0, and the bin that
    holds it the share of the way through. So a linear layer behind this one can
    learn any piecewise linear function of a feature (piecewise linear encoding,
    Gorishniy et al., 2022, but for numbers outside of all bins, which give
    zeros or ones).

    The bins are weights that are not trained: they travel with the weights,
    and before `adapt` there are none, so that everything is 0. Equal quantiles
    are one edge; the bins that are left over give 0, and so do all bins of a
    feature that has one value only.

    Args:
        num_bins: int. Bins of each feature.
        **kwargs: other arguments of `keras.layers.Layer`.

    Input shape:
        `(batch, features)`, float32.

    Output shape:
        `(batch, features * num_bins)`, from 0 to 1.
    """

    def __init__(self, num_bins, **kwargs):
        super().__init__(**kwargs)
        # float32 also under mixed precision: a rounded port lies in another
        # bin.
        self.autocast = False
        self.num_bins = num_bins

    def build(self, input_shape):
        shape = (input_shape[-1], self.num_bins)
        self.starts, self.slopes = (
            self.add_weight(
                shape,
                initializer="zeros",
                trainable=False,
                autocast=False,
                dtype="float32",
                name=name,
            )
            for name in ("starts", "slopes")
        )
        self.built = True

    def adapt(self, values):
        """Sets the bins.

        Args:
            values: array `(rows, features)`, one row at least.

        Returns:
            boolean array `(features,)`, True where a feature has one value
            only, of which nothing can be told.

        Raises:
            ValueError: if the values have another shape.
        """
        features = self.starts.shape[0]
        if values.ndim != 2 or values.shape[1] != features or not len(values):
            raise ValueError(
                f"`values` must have the shape (rows, {features}), one row at "
                f"least. Received: shape {values.shape}."
            )
        shares = np.linspace(0, 1, self.num_bins + 1)
        quantiles = np.quantile(values.astype("float32"), shares, axis=0)
        starts, slopes = np.zeros((2, features, self.num_bins), "float32")
        for feature, column in enumerate(quantiles.astype("float32").T):
            edges = np.unique(column)
            starts[feature, : len(edges) - 1] = edges[:-1]
            slopes[feature, : len(edges) - 1] = 1 / np.diff(edges)
        self.starts.assign(starts)
        self.slopes.assign(slopes)
        return ~slopes.any(axis=1)

    def call(self, inputs):
        steps = ops.expand_dims(inputs, 2) - self.starts
        # (batch, features, num_bins)
        shares = ops.clip(steps * self.slopes, 0.0, 1.0)
        shares = ops.cast(shares, self.compute_dtype)
        return ops.reshape(shares, (-1, inputs.shape[1] * self.num_bins))

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[1] * self.num_bins)

    def get_config(self):
        return {**super().get_config(), "num_bins": self.num_bins}
