"""The loss of a task."""

import keras
from keras import ops

# The smallest float32 with all its digits.
SMALLEST = 2.0**-126


@keras.saving.register_keras_serializable(package="mtc_tf")
class CrossEntropy(keras.losses.Loss):
    """Cross entropy of class numbers and probabilities, label smoothing in it.

    The loss of a row is `-sum(target * log(probability))` with a target of
    `1 - label_smoothing` on the label, and `label_smoothing` spread evenly over
    all classes. In two things it differs from Keras's own. Probabilities are
    not made to sum to 1: the geometric mean of several members' probabilities
    does not, and only so is its loss the mean of the members' losses. And they
    are not cut at 1e-7, where the gradient ends under JAX and not under
    TensorFlow, which looks for the logits behind a softmax; a probability of
    zero counts as the smallest number.

    Args:
        label_smoothing: float. Share of a label that is spread.
        reduction: str. As of `keras.losses.Loss`. The default is the mean over
            the rows that have a label, not over all rows.
        **kwargs: other arguments of `keras.losses.Loss`.

    Call arguments:
        y_true: int tensor `(batch,)` or `(batch, 1)`.
        y_pred: float tensor `(batch, classes)`, from 0 to 1.

    Paper: Section 3.3.5.
    """

    def __init__(
        self,
        label_smoothing=0.0,
        reduction="mean_with_sample_weight",
        **kwargs,
    ):
        super().__init__(reduction=reduction, **kwargs)
        self.label_smoothing = label_smoothing

    def call(self, y_true, y_pred):
        classes = y_pred.shape[-1]
        labels = ops.cast(ops.reshape(y_true, ops.shape(y_pred)[:-1]), "int32")
        targets = ops.one_hot(labels, classes, dtype=y_pred.dtype)
        if self.label_smoothing:
            targets = targets * (1 - self.label_smoothing)
            targets = targets + self.label_smoothing / classes
        logarithms = ops.log(ops.maximum(y_pred, SMALLEST))
        return -ops.sum(targets * logarithms, axis=-1)  # (batch,)

    def get_config(self):
        return {**super().get_config(), "label_smoothing": self.label_smoothing}
