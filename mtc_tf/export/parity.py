"""The proof that an artefact computes what the Keras model computes."""

import numpy as np

from mtc_tf.runs.confidence import UNKNOWN

# Of probabilities.
TOLERANCE = 1e-5
# Of the score `unknown`, in proportion where it is above 1. It stretches what
# hardly varies within classes, rounding too, and is held against bounds that
# lie a hundredth of the known traffic apart.
SCORE_TOLERANCE = 1e-3
# Of both, where constants are kept in float16.
HALF_TOLERANCE = 1e-2


class ParityError(Exception):
    """An artefact does not compute what the Keras model computes."""


def check_parity(name, expected, function, arguments, half=False):
    """Runs rows through an artefact, all at once and one by one.

    Args:
        name: str. What messages call the artefact.
        expected: dict from output to array `(rows, …)`: the probabilities of
            the Keras model, `(rows, classes)` of each task, and other scores.
        function: callable. The artefact: named arguments -> dict from
            output to array `(batch, …)`.
        arguments: dict from argument to array `(rows, …)`.
        half: bool. Whether the artefact keeps its constants in float16.

    Returns:
        dict from output to the largest difference, a float: absolute, or
        relative to the expected value where that is above 1.

    Raises:
        ParityError: if names or shapes are not those expected, or a
            difference is not a number, or above `TOLERANCE`, of the score
            `unknown` `SCORE_TOLERANCE`, with `half` `HALF_TOLERANCE`.
    """
    rows = len(next(iter(arguments.values())))
    batches = {
        f"a batch of {rows}": [arguments],
        "batches of 1": [
            {name: values[row : row + 1] for name, values in arguments.items()}
            for row in range(rows)
        ],
    }
    largest = dict.fromkeys(expected, 0.0)
    for what, parts in batches.items():
        received = _checked_names(
            name, expected, _concatenate([function(**part) for part in parts])
        )
        for task, values in expected.items():
            difference = _difference(name, task, values, received[task])
            # Not `>`: a difference that is not a number is none too small.
            allowed = SCORE_TOLERANCE if task == UNKNOWN else TOLERANCE
            allowed = HALF_TOLERANCE if half else allowed
            if not difference <= allowed:
                raise ParityError(
                    f"{name}: {task} differs from the Keras model by "
                    f"{difference:.3g} in {what}; at most {allowed:g} is "
                    "allowed"
                )
            largest[task] = max(largest[task], difference)
    return largest


def largest_differences(name, expected, function, arguments):
    """Runs rows through an artefact that need not be exact.

    Args:
        name: str. As of `check_parity`, like all arguments.
        expected: dict.
        function: callable.
        arguments: dict.

    Returns:
        dict from output to float, as of `check_parity`.

    Raises:
        ParityError: if names or shapes are not those expected, or a
            difference is not a number.
    """
    received = _checked_names(name, expected, function(**arguments))
    differences = {
        task: _difference(name, task, values, received[task])
        for task, values in expected.items()
    }
    for task, difference in differences.items():
        if not np.isfinite(difference):
            raise ParityError(f"{name}: {task} has values that are no numbers")
    return differences


def _checked_names(name, expected, received):
    if sorted(received) != sorted(expected):
        raise ParityError(
            f"{name}: expected the outputs {sorted(expected)}, received "
            f"{sorted(received)}"
        )
    return received


def _concatenate(outputs):
    return {
        task: np.concatenate([output[task] for output in outputs])
        for task in outputs[0]
    }


def _difference(name, task, expected, received):
    # Shapes that differ could be broadcast, and pass.
    if received.shape != expected.shape:
        raise ParityError(
            f"{name}: expected {task} of shape {expected.shape}, received "
            f"{received.shape}"
        )
    scale = np.maximum(np.abs(expected), 1)
    return float((np.abs(received - expected) / scale).max())
