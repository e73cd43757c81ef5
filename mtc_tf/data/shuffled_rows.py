"""The rows of the training part in an order that each epoch has of its own."""

import functools

import numpy as np
import tensorflow as tf

from mtc_tf.data import input_pipeline
from mtc_tf.data.row_weights import drawn_counts
from mtc_tf.data.stored_examples import records_of

# Rows lie in the order of a hash of their key, so that those that lie together
# are a random draw. For each epoch shards come in a new order, and the rows of
# a block; to shuffle them one by one takes longer.
BLOCK_ROWS = 8_192

_COUNTS = "counts"


def shuffled_batches(
    builder, tasks, batch_size, seed, *, fraction=1.0, row_weights=None
):
    """Returns what gives the batches of an epoch.

    Args:
        builder: a builder from `input_pipeline.load_builder`.
        tasks: iterable of str. Names of the labels to read.
        batch_size: int. Rows of a batch; what fills none is left out.
        seed: int. Seed of the order.
        fraction: float. As of `input_pipeline.read_part`.
        row_weights: float array `(rows,)` or None. With it, rows are drawn by
            `mtc_tf.data.row_weights.drawn_counts`.

    Returns:
        function of the number of an epoch, an int64 tensor, which returns a
        `tf.data.Dataset` of batches of what `input_pipeline.labelled_examples`
        holds.
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
            return tf.data.Dataset.zip(rows).batch(BLOCK_ROWS)

        own_seed = tf.stack([tf.constant(seed, tf.int64), epoch])
        order = tf.random.experimental.stateless_shuffle(
            tf.range(len(paths)), own_seed
        )
        blocks = tf.data.Dataset.from_tensor_slices(order).flat_map(read_shard)
        if row_weights is not None:
            blocks = blocks.map(_repeat)
        return (
            blocks.enumerate()
            .map(functools.partial(_permute, own_seed))
            .prefetch(1)
            .rebatch(batch_size, drop_remainder=True)
        )

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


def _repeat(block):
    """Repeats each row as often as it is drawn, and leaves some out."""
    counts = block.pop(_COUNTS)
    return {name: tf.repeat(x, counts) for name, x in block.items()}


def _permute(seed, number, block):
    """Shuffles the rows of a block, by nothing but the seed and its number."""
    rows = tf.range(tf.size(block[input_pipeline.EXAMPLES]))
    order = tf.random.experimental.stateless_shuffle(
        rows, tf.random.experimental.stateless_fold_in(seed, number)
    )
    return {name: tf.gather(x, order) for name, x in block.items()}
