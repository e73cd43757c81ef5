"""Which rows of the training part are drawn, and how often."""

import numpy as np

from mtc_tf.data.flow_weights import flow_weights


def row_weights(flows, activities, flow_cap=0, class_power=0.0):
    """Weighs the packets of a training part.

    A packet's weight is that of its flow, shared by the flow's packets:
    `min(packets, flow_cap) / packets`, times the sum of these over its
    activity to the power `-class_power`. An activity that has no packet has no
    weight, and needs none.

    Args:
        flows: int array `(packets,)`. The flow of each packet.
        activities: int array `(packets, tasks)`. What tells activities apart:
            the labels of application and traffic type.
        flow_cap: int. The most that a flow counts; 0 for no bound.
        class_power: float. 0: as the packets come; 1: all activities alike.

    Returns:
        float32 array `(packets,)`, above 0, 1 in the mean.
    """
    weights = flow_weights(flows, flow_cap) if flow_cap else np.ones(len(flows))
    _, places = np.unique(activities, axis=0, return_inverse=True)
    places = places.reshape(-1)
    weights = weights * np.bincount(places, weights)[places] ** -class_power
    return np.float32(weights / weights.mean())


def drawn_counts(weights, seed, epoch):
    """Draws how often each row comes in an epoch.

    The expected number of a row is in proportion to its weight, and all
    together are as many as there are rows. It is systematic sampling: a comb
    of equal distances is laid over the weights, at a random place. So a row
    comes as often as expected, rounded up or down; one that weighs 0 never.

    Args:
        weights: float array `(rows,)`, not below 0, and not all 0.
        seed: int. Seed of the training.
        epoch: int. Number of the epoch, from 0. With the seed, all that
            decides.

    Returns:
        int32 array `(rows,)`, its sum the number of rows.
    """
    ends = np.cumsum(weights, dtype=np.float64)
    ends *= len(ends) / ends[-1]
    # However it is rounded, and whatever weighs nothing at the end.
    ends[ends >= ends[-1]] = len(ends)
    offset = np.random.default_rng([seed, epoch]).random()
    return np.int32(np.diff(np.floor(ends + offset), prepend=0))
