"""The proof that an artefact computes what the Keras model computes."""

import numpy as np

# Of values up to 1, and in proportion of larger ones.
TOLERANCE = 1e-5


class ParityError(Exception):
    """An artefact does not compute what the Keras model computes."""


def check_parity(name, expected, function, arguments):
    """Runs rows through an artefact, all at once and one by one.

    Args:
        name: str. What messages call the artefact.
        expected: dict from output to array `(rows, …)`: the probabilities of
            the Keras model, `(rows, classes)` of each task, and other scores.
        function: callable. The artefact: named arguments -> dict from
            output to array `(batch, …)`.
        arguments: dict from argument to array `(rows, …)`.

    Returns:
        dict from output to the largest difference, a float: absolute, or
        relative to the expected value where that is above 1.

    Raises:
        ParityError: if names or shapes are not those expected, or a
            difference is above `TOLERANCE` or not a number.
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
        received = _concatenate([function(**part) for part in parts])
        if sorted(received) != sorted(expected):
            raise ParityError(
                f"{name}: expected the outputs {sorted(expected)}, received "
                f"{sorted(received)}"
            )
        for task, values in expected.items():
            difference = _difference(name, task, values, received[task])
            # Not `>`: a difference that is not a number is none too small.
            if not difference <= TOLERANCE:
                raise ParityError(
                    f"{name}: {task} differs from the Keras model by "
                    f"{difference:.3g} in {what}; at most {TOLERANCE:g} is "
                    "allowed"
                )
            largest[task] = max(largest[task], difference)
    return largest


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
