"""Which training rows shallow models see, and what each counts."""

import numpy as np

from mtc_tf.data.flow_weights import FLOW_CAP

# More than this does not make trees better, only slower.
MOST_ROWS = 100_000


def draw_rows(flows, cap=FLOW_CAP, most=MOST_ROWS, seed=0):
    """Draws rows at random, at most `cap` of a flow and `most` in all.

    Args:
        flows: int array `(rows,)`. The flow of each row; for records, that
            belong to none, numbers of their own.
        cap: int.
        most: int.
        seed: int.

    Returns:
        int array, ascending: the rows that were drawn.
    """
    order = np.random.default_rng(seed).permutation(len(flows))
    by_flow = order[np.argsort(flows[order], kind="stable")]
    _, starts, counts = np.unique(
        flows[by_flow], return_index=True, return_counts=True
    )
    number_in_flow = np.arange(len(flows)) - np.repeat(starts, counts)
    is_drawn = np.zeros(len(flows), bool)
    is_drawn[by_flow[number_in_flow < cap]] = True
    # In the order of the first draw, to draw again.
    return np.sort(order[is_drawn[order]][:most])


def balancing_weights(classes, power):
    """Weighs rows so that large classes count less.

    Args:
        classes: int array `(rows,)`.
        power: float. A row counts its class's rows to this power less: 1 lets
            all classes count alike.

    Returns:
        float64 array `(rows,)` whose mean is 1.
    """
    _, places, counts = np.unique(
        classes, return_inverse=True, return_counts=True
    )
    weights = counts[places].astype(float) ** -power
    return weights / weights.mean()
