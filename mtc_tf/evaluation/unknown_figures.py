"""How well a score tells unknown traffic from known one."""

import numpy as np
from sklearn.metrics import roc_auc_score

from mtc_tf.data.flow_weights import flow_weights
from mtc_tf.runs.confidence import FLOW
from mtc_tf.runs.confidence import ROW
from mtc_tf.tasks import MISSING_LABEL

# The share of known traffic that may be taken for unknown.
FALSE_ALARMS = 0.05
# From the lowest to the highest score, by one in a hundred.
QUANTILE_LEVELS = np.linspace(0, 1, 101)


def known_and_unknown(labels, left_out):
    """Tells which rows a model knows, and which it has never seen.

    Args:
        labels: int array `(rows,)` of the score's task. Rows without a label
            are neither: they may hold any traffic.
        left_out: int. The class that was left out of the training; None for
            none.

    Returns:
        tuple of two bool arrays `(rows,)`, known and unknown.
    """
    is_unknown = labels == left_out
    return (labels != MISSING_LABEL) & ~is_unknown, is_unknown


def units_of(scores, chosen, flows=None):
    """Gives the scores of rows, and of flows, with what each counts.

    Args:
        scores: float array `(rows,)`.
        chosen: bool array `(rows,)`. The rows to look at.
        flows: int array `(rows,)`; None where rows belong to none.

    Returns:
        dict from `row`, and with flows `flow`, to a tuple of two float arrays:
        scores and weights. A row counts as `flow_weights` says; a flow has the
        mean score of its rows and counts once.
    """
    scores = scores[chosen].astype(np.float64)
    if flows is None:
        return {ROW: (scores, np.ones(len(scores)))}
    _, places, counts = np.unique(
        flows[chosen], return_inverse=True, return_counts=True
    )
    means = np.bincount(places, scores) / counts if len(counts) else scores
    return {
        ROW: (scores, flow_weights(flows[chosen])),
        FLOW: (means, np.ones(len(means))),
    }


def quantiles(scores, weights, levels=QUANTILE_LEVELS):
    """Gives the scores below which shares of the weight lie.

    Args:
        scores: float array `(n,)`, one at least.
        weights: float array `(n,)`, above 0.
        levels: float or float array, from 0 to 1.

    Returns:
        float64 array as `levels`: the lowest scores so that a share of the
        weight, as much as the level at least, is not above it.
    """
    return np.quantile(scores, levels, weights=weights, method="inverted_cdf")


def detection(known, unknown, highest):
    """Says how well unknown rows or flows are found.

    Args:
        known: tuple as of `units_of`: scores and weights.
        unknown: the same.
        highest: float. What is above it is taken for unknown.

    Returns:
        dict: `known` and `unknown`, how many there are; `auroc`, the
        probability that an unknown one has a higher score than a known one;
        `found`, the share of the unknown ones above, and `false_alarms`, that
        of the known ones. What cannot be computed for want of them is None.
    """
    figures = {"known": len(known[0]), "unknown": len(unknown[0])}
    figures["auroc"] = None
    if all(figures[name] for name in ("known", "unknown")):
        is_unknown = np.repeat([0, 1], [len(known[0]), len(unknown[0])])
        scores, weights = (
            np.concatenate(both) for both in zip(known, unknown, strict=True)
        )
        figures["auroc"] = float(
            roc_auc_score(is_unknown, scores, sample_weight=weights)
        )
    figures["found"] = _share_above(*unknown, highest)
    figures["false_alarms"] = _share_above(*known, highest)
    return figures


def _share_above(scores, weights, highest):
    if not len(scores):
        return None
    return float(np.average(scores > highest, weights=weights))
