"""Integrated gradients: what each input adds to an answer.

Sundararajan, Taly and Yan, 2017: the gradient is averaged along the straight
line from a baseline to the input, and multiplied by their difference. What
comes out adds up to the difference of the answers (completeness).
"""

import keras
import numpy as np

# Of the sum of attributions, in shares of the difference of the answers.
TOLERANCE = 0.01
# Points of the line to choose from.
STEPS = (8, 16, 32, 64, 128, 256)


def integrated_gradients(gradients, baseline, inputs, others, steps):
    """Attributes answers to inputs.

    The integral is Gauss and Legendre's sum over `steps` points, which is exact
    for polynomials of degree `2 * steps - 1`.

    Args:
        gradients: callable of `gradient_function`.
        baseline: list of tensors `(1, …)`, one for each input.
        inputs: list of float tensors `(rows, …)`.
        others: list of tensors `(rows, …)` that `gradients` takes behind the
            inputs, the same along the line.
        steps: int.

    Returns:
        list of float arrays of the shapes of `inputs`.
    """
    nodes, weights = np.polynomial.legendre.leggauss(steps)
    differences = [x - y for x, y in zip(inputs, baseline, strict=True)]
    means = [keras.ops.zeros_like(x) for x in inputs]
    for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        points = [
            start + float(node) * difference
            for start, difference in zip(baseline, differences, strict=True)
        ]
        means = [
            mean + float(weight) * gradient
            for mean, gradient in zip(
                means, gradients(points, *others), strict=True
            )
        ]
    return [
        keras.ops.convert_to_numpy(mean * difference)
        for mean, difference in zip(means, differences, strict=True)
    ]


def completeness_error(attributions, differences):
    """Says how far attributions are from adding up.

    Args:
        attributions: float array `(rows,)`. The sums of each row.
        differences: float array `(rows,)`. The answer to each row less that to
            the baseline.

    Returns:
        float. The mean absolute error in shares of the mean absolute
        difference; 0 where all answers are that of the baseline.
    """
    size = np.abs(differences).mean()
    error = np.abs(attributions - differences).mean()
    return float(error / size) if size else 0.0


def choose_steps(error_of, tolerance=TOLERANCE / 2):
    """Takes as many steps as completeness asks for.

    Args:
        error_of: callable. Steps -> `completeness_error` of some rows.
        tolerance: float. By default half of what is allowed, since other rows
            may need more.

    Returns:
        int. The first of `STEPS` that is good enough; the last, if none is.
    """
    for steps in STEPS:
        if error_of(steps) <= tolerance:
            break
    return steps
