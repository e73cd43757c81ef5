"""The figure that chooses an epoch where long flows shall not rule."""

import keras
import numpy as np
from sklearn.metrics import f1_score

from mtc_tf.data.flow_weights import flow_weights
from mtc_tf.tasks import MISSING_LABEL
from mtc_tf.training.averaged_weights import averaged_weights


def fw16(labels, answers, flows):
    """Computes the flow-weighted macro F1 of each task, and their mean.

    Args:
        labels: dict from task name to int array `(rows,)`; `MISSING_LABEL`
            where there is none.
        answers: dict from task name to int array `(rows,)`, class numbers.
        flows: int array `(rows,)`. The flow of each row.

    Returns:
        dict of float: `TASK_fw16` for each task, and `fw16`. The macro average
        is over the classes that the rows have.
    """
    weights = flow_weights(flows)
    figures = {}
    for task, of_task in labels.items():
        known = of_task != MISSING_LABEL
        figures[f"{task}_fw16"] = float(
            f1_score(
                of_task[known],
                answers[task][known],
                labels=np.unique(of_task[known]),
                average="macro",
                sample_weight=weights[known],
                zero_division=0,
            )
        )
    figures["fw16"] = float(np.mean(list(figures.values())))
    return figures


class FlowWeightedF1(keras.callbacks.Callback):
    """Adds `val_fw16`, and that of each task, to the figures of an epoch.

    It stands before the callbacks that watch and write.

    Args:
        inputs: `tf.data.Dataset` of the validation part's dicts of inputs.
        labels: dict as of `fw16`, of the same rows.
        flows: as of `fw16`.
    """

    def __init__(self, inputs, labels, flows):
        super().__init__()
        self._inputs = inputs
        self._labels = labels
        self._flows = flows

    def on_epoch_end(self, epoch, logs=None):
        with averaged_weights(self.model):
            probabilities = self.model.predict(self._inputs, verbose=0)
        answers = {
            task: of_task.argmax(-1) for task, of_task in probabilities.items()
        }
        for name, figure in fw16(self._labels, answers, self._flows).items():
            logs[f"val_{name}"] = figure
