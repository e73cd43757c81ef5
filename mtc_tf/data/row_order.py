"""The order in which rows of arrays are trained on."""

import numpy as np

from mtc_tf.data.row_weights import drawn_counts


def row_order(rows, batch_size, steps, seed, epoch, weights=None):
    """Shuffles the rows for one epoch.

    The order follows from the seed and the number of the epoch alone: a run
    that is taken up again sees the rows that it would have seen. It is another
    one than that of `mtc_tf.data.training_batches.read_for_training`, of the
    same kind: an epoch is one pass, a shorter one the beginning of a pass, a
    longer one several. Rows that do not fill a batch are left out of a pass.

    Args:
        rows: int. Number of rows, at least `batch_size`.
        batch_size: int. Rows of a batch.
        steps: int. Batches of the epoch.
        seed: int.
        epoch: int. Number of the epoch, from 0.
        weights: float array `(rows,)` or None. With it a pass is not all rows
            once but as many draws, by `mtc_tf.data.row_weights.drawn_counts`.

    Returns:
        int32 array `(steps, batch_size)`, the rows of each batch.
    """
    drawn = np.arange(rows, dtype=np.int32)
    if weights is not None:
        drawn = np.repeat(drawn, drawn_counts(weights, seed, epoch))
    # A stream of its own: `drawn_counts` takes that of these two numbers.
    rng = np.random.default_rng([seed, epoch, 1])
    whole = rows // batch_size * batch_size
    passes = -(-steps * batch_size // whole)
    order = [rng.permutation(drawn)[:whole] for _ in range(passes)]
    order = np.concatenate(order)[: steps * batch_size]
    return order.reshape(steps, batch_size)
