"""Which training rows shallow models see, and what each counts."""

import numpy as np

from mtc_tf.data.flow_weights import FLOW_CAP

# Minutes of forests and boosted trees on a core.
MOST_ROWS = 50_000
# Choice: between the natural mix and all alike, as networks are trained. Those
# go by application and type of traffic at once, having one stream of rows for
# all tasks; trees are better off by the classes of their one task (on the
# validation part of `iscx_vpn_nonvpn/flow`, fw16 by .00 to .02).
CLASS_POWER = 0.5


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


def class_weights(classes, power=CLASS_POWER):
    """Weighs rows so that frequent classes count less.

    Args:
        classes: int array `(rows,)`.
        power: float. A row counts the number of its class's rows to this
            power less: 1 lets all classes count alike.

    Returns:
        float64 array `(rows,)` whose mean is 1.
    """
    _, places, counts = np.unique(
        classes, return_inverse=True, return_counts=True
    )
    weights = counts.astype(float)[places] ** -power
    return weights / weights.mean()
