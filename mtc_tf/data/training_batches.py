"""The training part as an endless stream of batches."""

import tensorflow as tf

from mtc_tf.data import input_pipeline
from mtc_tf.data.header_augmentation import RANDOM_BYTES
from mtc_tf.data.header_augmentation import augment_headers
from mtc_tf.data.shuffled_rows import shuffled_batches

# What a batch of examples holds beside them where headers are changed.
_RANDOM_BYTES = "random_bytes"


def read_for_training(
    builder,
    tasks,
    batch_size,
    seed,
    *,
    steps,
    first_epoch=0,
    fraction=1.0,
    row_weights=None,
    randomize_fields=0.0,
    drop_fields=0.0,
    context=None,
):
    """Reads the training part epoch by epoch, each in an order of its own.

    The order of an epoch follows from the seed and its number alone, and so do
    the rows that are drawn and what is changed in them: a run that is taken up
    again begins with the epoch that comes next, and sees the rows that it would
    have seen. An epoch is one pass; a shorter one is the beginning of a pass, a
    longer one several. Rows that do not fill a batch are left out of that pass.

    Args:
        builder: a builder from `input_pipeline.load_builder`.
        tasks: iterable of str. Names of the labels to read.
        batch_size: int. Rows of a batch.
        seed: int. Seed of the order.
        steps: int. Batches of an epoch.
        first_epoch: int. Epochs done in an earlier process.
        fraction: float. As of `input_pipeline.read_part`.
        row_weights: float array `(rows,)` or None. With it an epoch is not all
            rows once but as many draws, by
            `mtc_tf.data.row_weights.drawn_counts`.
        randomize_fields: float. Of packets, as of
            `mtc_tf.data.header_augmentation.augment_headers`.
        drop_fields: float. The same.
        context: `tf.distribute.InputContext` or None. Where a batch is shared
            out, this worker's rows of it, one replica after the other. All
            workers go through the same batches as one process alone.

    Returns:
        a `tf.data.Dataset` as of `input_pipeline.read_part`, without end.
    """
    batches_of_epoch = shuffled_batches(
        builder,
        tasks,
        batch_size,
        seed,
        fraction=fraction,
        row_weights=row_weights,
    )
    augments = bool(randomize_fields or drop_fields)

    def read_epoch(epoch):
        batches = batches_of_epoch(epoch).repeat().take(steps)
        return _add_random_bytes(batches, seed, epoch) if augments else batches

    def change(packets, batch):
        return augment_headers(
            packets,
            batch[_RANDOM_BYTES],
            randomize=randomize_fields,
            drop=drop_fields,
        )

    parse = input_pipeline.make_parser(
        builder, tasks, change if augments else None
    )
    batches = tf.data.Dataset.range(first_epoch, tf.int64.max)
    # One epoch after the other: the blocks of one are alive.
    batches = batches.flat_map(read_epoch)
    if context is not None and context.num_replicas_in_sync > 1:
        batches = _share(batches, batch_size, context)
    return batches.map(parse, num_parallel_calls=2).prefetch(2)


def drawn_rows(builder, count, seed, fraction=1.0, row_weights=None):
    """Draws rows of the input as a training does in its first epoch.

    Args:
        builder: a builder from `input_pipeline.load_builder`.
        count: int. Rows to draw; fewer where the part has fewer.
        seed: int. As of `read_for_training`.
        fraction: float. As of `input_pipeline.read_part`.
        row_weights: float array `(rows,)` or None. As of `read_for_training`.

    Returns:
        array `(rows, …)`, the input as the dataset holds it.
    """
    count = min(count, input_pipeline.rows_of(builder, "train", fraction))
    [(inputs, _, _)] = read_for_training(
        builder,
        (),
        count,
        seed,
        steps=1,
        fraction=fraction,
        row_weights=row_weights,
    ).take(1)
    [rows] = inputs.values()
    return rows.numpy()


def _add_random_bytes(batches, seed, epoch):
    """Adds to each batch what its changes follow from."""
    of_epoch = tf.random.stateless_uniform(
        (2,), [seed, epoch], minval=None, maxval=None, dtype=tf.int64
    )

    def add(step, batch):
        numbers = tf.random.stateless_uniform(
            (tf.size(batch[input_pipeline.EXAMPLES]), RANDOM_BYTES // 4),
            tf.random.experimental.stateless_fold_in(of_epoch, step),
            minval=None,
            maxval=None,
            dtype=tf.int32,
        )
        # (batch, RANDOM_BYTES / 4, 4)
        random_bytes = tf.bitcast(numbers, tf.uint8)
        random_bytes = tf.reshape(random_bytes, (-1, RANDOM_BYTES))
        return {**batch, _RANDOM_BYTES: random_bytes}

    return batches.enumerate().map(add)


def _share(batches, batch_size, context):
    """The rows of this worker, cut into the batches of its replicas."""
    size = batch_size // context.num_input_pipelines
    first = size * context.input_pipeline_id

    def take(batch):
        return {name: x[first : first + size] for name, x in batch.items()}

    return (
        batches.map(take)
        .rebatch(batch_size // context.num_replicas_in_sync)
        # Where the end is unknown, workers ask each other in every step.
        .apply(
            tf.data.experimental.assert_cardinality(
                tf.data.INFINITE_CARDINALITY
            )
        )
    )
