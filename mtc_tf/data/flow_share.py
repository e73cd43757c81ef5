"""A share of the flows of a part."""

import numpy as np


def flow_share(flows, activities, share, seed):
    """Chooses flows at random, the same share of each activity.

    Each activity keeps one flow at least, so that no class is lost; so a small
    share is larger than asked for where activities have few flows. The flows of
    a smaller share are among those of a larger one.

    Args:
        flows: int array `(rows,)`. The flow of each row.
        activities: int array `(rows, tasks)`. What tells activities apart.
        share: float above 0, 1 at most.
        seed: int. With the flows, all that decides.

    Returns:
        bool array `(rows,)`, the same for all rows of a flow.
    """
    pairs = np.unique(np.column_stack([activities, flows]), axis=0)
    _, places, counts = np.unique(
        pairs[:, :-1], axis=0, return_inverse=True, return_counts=True
    )
    places = places.reshape(-1)
    # A stream of its own, apart from those that draw and order rows.
    draws = np.random.default_rng([seed, 0, 2]).random(len(pairs))
    # `pairs` lie activity by activity, and so do those in the order drawn.
    drawn = pairs[np.lexsort([draws, places])]
    numbers = np.arange(len(pairs)) - (np.cumsum(counts) - counts)[places]
    wanted = np.maximum(1, np.round(share * counts))
    return np.isin(flows, drawn[numbers < wanted[places], -1])
