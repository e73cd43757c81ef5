"""What a model answers, believed only if it is what its description says."""

import reprlib
from collections.abc import Mapping

import numpy as np

from mtc_tf.errors import InputError
from mtc_tf.runs.confidence import UNKNOWN

# Of a softmax in half precision.
_TOLERANCE = 1e-2


def checked_probabilities(outputs, tasks, rows, has_unknown=False):
    """Checks what a model answers to a batch.

    Args:
        outputs: what the model returned; it should be a dict from task name
            to tensor of probabilities `(rows, classes)`.
        tasks: dict from task name to list of class names.
        rows: int. Number of rows that the model was given.
        has_unknown: bool. Whether it should answer the score `unknown` too.

    Returns:
        dict from task name to float32 array `(rows, classes)`, and maybe from
        `unknown` to float32 array `(rows,)`.

    Raises:
        InputError: if it is something else.
    """
    if not isinstance(outputs, Mapping):
        raise InputError(
            f"the model has the outputs of type {type(outputs).__name__}, "
            f"which have no names; expected those of {sorted(tasks)}"
        )
    received = sorted(outputs)
    expected = sorted([*tasks, *([UNKNOWN] if has_unknown else [])])
    if received != expected:
        raise InputError(
            f"the model has the tasks {reprlib.repr(received)}, but its "
            f"description {expected}"
        )
    checked = {
        task: _probabilities(task, outputs[task], rows, len(class_names))
        for task, class_names in tasks.items()
    }
    if has_unknown:
        checked[UNKNOWN] = _scores(outputs[UNKNOWN], rows)
    return checked


def _scores(values, rows):
    """Checks the scores of unknown traffic."""
    values = np.asarray(values)
    is_right = values.dtype.kind in "fiu" and values.shape == (rows,)
    if not is_right or not np.isfinite(values).all():
        raise InputError(
            f"the model answers {rows} rows with {UNKNOWN!r} of type "
            f"{values.dtype} and shape {values.shape}; expected finite numbers "
            f"of shape ({rows},)"
        )
    return values.astype(np.float32, copy=False)


def _probabilities(task, values, rows, classes):
    """Checks one output, and returns it as a float32 array."""
    values = np.asarray(values)
    if values.dtype.kind not in "fiu":
        raise InputError(
            f"the model's probabilities of {task} are of type {values.dtype}, "
            "which are no numbers"
        )
    if values.ndim != 2 or len(values) != rows:
        raise InputError(
            f"the model answers {rows} rows with probabilities of {task} of "
            f"shape {values.shape}; expected ({rows}, {classes})"
        )
    if values.shape[1] != classes:
        raise InputError(
            f"the model has {values.shape[1]} classes of {task}, but its "
            f"description {classes}"
        )
    if not np.isfinite(values).all():
        raise InputError(
            f"the model's probabilities of {task} are not numbers; its "
            "training diverged or its file is damaged"
        )
    if np.abs(values - 0.5).max() > 0.5 + _TOLERANCE:
        raise InputError(
            f"the model's probabilities of {task} are not between 0 and 1, "
            f"but from {values.min():g} to {values.max():g}"
        )
    sums = values.sum(axis=1, dtype=np.float64)
    if np.abs(sums - 1).max() > _TOLERANCE:
        worst = sums[np.abs(sums - 1).argmax()]
        raise InputError(
            f"the model's probabilities of {task} do not add up to 1, but to "
            f"{worst:g}"
        )
    return values.astype(np.float32, copy=False)
