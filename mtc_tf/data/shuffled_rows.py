"""The rows of the training part in an order that each epoch has of its own."""

import numpy as np
import tensorflow as tf

from mtc_tf.data import input_pipeline
from mtc_tf.data.row_weights import drawn_counts
from mtc_tf.data.stored_examples import records_of

# Rows lie in the order of a hash of their key, so that those that lie together
# are a random draw; shards are read in a new order for each epoch, and the
# buffer mixes their rows. A larger one costs time: it does not fit a cache.
SHUFFLE_BUFFER = 8_192

# Examples that are repeated at once.
_DRAWN_ROWS = 256
_COUNTS = "counts"


def shuffled_rows(builder, tasks, seed, *, fraction=1.0, row_weights=None):
    """Returns what gives the rows of an epoch.

    Args:
        builder: a builder from `input_pipeline.load_builder`.
        tasks: iterable of str. Names of the labels to read.
        seed: int. Seed of the order.
        fraction: float. As of `input_pipeline.read_part`.
        row_weights: float array `(rows,)` or None. With it, rows are drawn by
            `mtc_tf.data.row_weights.drawn_counts`.

    Returns:
        function of the number of an epoch, which returns a `tf.data.Dataset`
        of what `input_pipeline.labelled_examples` holds.
    """
    paths, begins, counts = _shards(builder, fraction)
    labels = input_pipeline.dealt_labels(builder, "train", tasks, fraction)

    def read_epoch(epoch):
        columns = {name: tf.constant(x) for name, x in labels.items()}
        if row_weights is not None:
            columns[_COUNTS] = _drawn(row_weights, seed, epoch)

        def read_shard(shard):
            begin, count = tf.gather(begins, shard), tf.gather(counts, shard)
            examples = records_of(tf.gather(paths, shard))
            rows = {input_pipeline.EXAMPLES: examples.take(count)}
            for name, values in columns.items():
                rows[name] = tf.data.Dataset.from_tensor_slices(
                    values[begin : begin + count]
                )
            return tf.data.Dataset.zip(rows)

        order = tf.random.experimental.stateless_shuffle(
            tf.range(len(paths)), [seed, epoch]
        )
        rows = tf.data.Dataset.from_tensor_slices(order).flat_map(read_shard)
        if row_weights is not None:
            # Many at once: an operation for each costs several times as much.
            rows = rows.batch(_DRAWN_ROWS).map(_repeat).unbatch()
        return _shuffle(rows, seed, epoch)

    return read_epoch


def _shards(builder, fraction):
    """Paths of the shards, and where in the part the rows to read begin.

    Returns:
        tuple `(paths, begins, counts)` of arrays `(shards,)`.
    """
    split = builder.info.splits["train"]
    lengths = np.array(split.shard_lengths, np.int64)
    begins = lengths.cumsum() - lengths
    rows = input_pipeline.rows_of(builder, "train", fraction)
    counts = np.clip(rows - begins, 0, lengths)
    return [str(path) for path in split.filepaths], begins, counts


def _drawn(row_weights, seed, epoch):
    """How often each row is drawn, an int32 tensor `(rows,)`."""
    counts = tf.numpy_function(
        lambda epoch: drawn_counts(row_weights, seed, epoch),
        [epoch],
        tf.int32,
        stateful=False,
    )
    return tf.ensure_shape(counts, (len(row_weights),))


def _repeat(rows):
    """Repeats each row as often as it is drawn, and leaves some out."""
    counts = rows.pop(_COUNTS)
    return {name: tf.repeat(x, counts) for name, x in rows.items()}


def _shuffle(rows, seed, epoch):
    """Shuffles by nothing but the seed and the number of the epoch."""
    # `shuffle` adds the seed of the graph, which is that of the process
    # otherwise; it cannot be 0 where the other one is a tensor.
    tf.compat.v1.set_random_seed(1)
    drawn = tf.random.stateless_uniform(
        (), [seed, epoch], minval=None, maxval=None, dtype=tf.int64
    )
    return rows.shuffle(SHUFFLE_BUFFER, seed=drawn)
