"""Labels that are dealt out anew, so that nothing can be learned from them."""

import numpy as np


def rows_of_labels(flows, seed):
    """Says whose labels each row gets when they are dealt out anew.

    One permutation of the flows: all rows of a flow get the labels that the
    rows of one flow had, in all tasks. There are as many flows of each class as
    before.

    Args:
        flows: int array `(rows,)`. The flow of each row; for records, that
            belong to none, numbers of their own.
        seed: int.

    Returns:
        int array `(rows,)`: a row of the flow whose labels it gets.
    """
    _, firsts, places = np.unique(flows, return_index=True, return_inverse=True)
    return np.random.default_rng(seed).permutation(firsts)[places]
