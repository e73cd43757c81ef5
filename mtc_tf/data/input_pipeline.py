"""A prepared dataset on disk as `tf.data` of model inputs and targets.

Examples are parsed a whole batch at a time: parsing one by one, as
`tfds.as_dataset` does, costs several times as much.
"""

import math

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from mtc_tf.data.prepared_builder import check_features
from mtc_tf.data.prepared_builder import input_length
from mtc_tf.data.prepared_builder import load_builder as load_builder
from mtc_tf.data.prepared_builder import model_input
from mtc_tf.data.prepared_builder import rows_of

# Examples that `read_columns` parses at once.
_COLUMN_ROWS = 4096


def first_rows(builder, part, count):
    """Returns the first rows of the input on disk, as a NumPy array."""
    batches = read_part(builder, part, (), batch_size=count).take(1)
    [rows] = [rows for x, _, _ in batches for rows in x.values()]
    return rows.numpy()


def read_columns(builder, part, names, fraction=1.0):
    """Reads what is known of the rows of a part, in their order on disk.

    Args:
        builder: a builder from `load_builder`.
        part: str. `train`, `validation` or `test`.
        names: iterable of str. Features of the dataset, such as `flow`,
            `group`, `timestamp` or a task; a missing label is `MISSING_LABEL`.
        fraction: float. As of `read_part`.

    Returns:
        dict from name to NumPy array `(rows, …)`: int64 of whole numbers and
        classes, float32 or float64, uint8 of bytes, object of text.

    Raises:
        InputError: if the dataset has no such feature.
    """
    features = builder.info.features
    check_features(builder, names)
    count = rows_of(builder, part, fraction)
    columns = {name: [] for name in names}
    batches = examples_of(builder, part).take(count).batch(_COLUMN_ROWS)
    for serialized in batches:
        for name in columns:
            columns[name].append(_read_column(serialized, name, features[name]))
    return {name: np.concatenate(parts) for name, parts in columns.items()}


def _read_column(serialized, name, feature):
    """The values of one feature in serialised examples, as an array."""
    is_whole = np.issubdtype(feature.np_dtype, np.integer)
    as_integer = is_whole and not feature.shape
    column = tf.io.parse_example(
        serialized,
        {
            name: tf.io.FixedLenFeature(
                [], tf.int64 if as_integer else tf.string
            )
        },
    )[name]
    if as_integer or isinstance(feature, tfds.features.Text):
        return column.numpy()
    values = tf.io.decode_raw(column, feature.np_dtype).numpy()
    if not feature.shape:
        return values[:, 0]
    return values.reshape(len(values), -1, *feature.shape[1:])


def read_part(builder, part, tasks, batch_size, fraction=1.0):
    """Reads one part once, in its order on disk.

    Args:
        builder: a builder from `load_builder`.
        part: str. `train`, `validation` or `test`.
        tasks: iterable of str. Names of the labels to read.
        batch_size: int. Rows of a batch; the last batch may be smaller.
        fraction: float. The share of the part to read, its first rows. TFDS
            stores rows in the order of a hash, so these are a random draw.

    Returns:
        A `tf.data.Dataset` of `(inputs, targets, weights)`: dicts keyed by the
        `ModelInput` (`packet`, uint8 `(batch, 1500)`, `features`, float32
        `(batch, features)`, or `series`, float32 `(batch, packets, 68)`) and by
        task (int64 and float32 `(batch,)`). Where a label is missing the weight
        is 0 and the target 0, so that it counts neither in the loss nor in
        weighted metrics.
    """
    rows = rows_of(builder, part, fraction)
    batches = examples_of(builder, part).take(rows).batch(batch_size)
    batches = batches.map(
        make_parser(builder, tasks), num_parallel_calls=2
    ).prefetch(2)
    # TFRecord files do not tell their length; progress bars ask for it.
    known = tf.data.experimental.assert_cardinality(-(-rows // batch_size))
    return batches.apply(known)


def examples_of(builder, part):
    """Returns the serialised examples of a part, in their order on disk."""
    paths = [str(path) for path in builder.info.splits[part].filepaths]
    return tf.data.TFRecordDataset(paths)


def make_parser(builder, tasks):
    """Makes a function that parses a batch of serialised examples.

    Args:
        builder: a builder from `load_builder`.
        tasks: iterable of str. Names of the labels to read.

    Returns:
        function of a text tensor `(batch,)`, which gives an element of
        `read_part`.
    """
    kind = model_input(builder)
    shape = kind.row_shape(input_length(builder))
    specification = {
        kind.name: tf.io.FixedLenFeature([], tf.string),
        **{task: tf.io.FixedLenFeature([], tf.int64) for task in tasks},
    }

    def parse(serialized):
        example = tf.io.parse_example(serialized, specification)
        rows = tf.io.decode_raw(example[kind.name], kind.dtype)
        rows = tf.ensure_shape(rows, (None, math.prod(shape)))
        rows = tf.reshape(rows, (-1, *shape))
        targets = {task: tf.maximum(example[task], 0) for task in tasks}
        weights = {
            task: tf.cast(example[task] >= 0, tf.float32) for task in tasks
        }
        return {kind.name: rows}, targets, weights

    return parse
