"""A prepared dataset on disk as `tf.data` of model inputs and targets.

Examples are parsed a whole batch at a time: parsing one by one, as
`tfds.as_dataset` does, costs several times as much.
"""

import math

import numpy as np
import tensorflow as tf

from mtc_tf.data.masked_inputs import mask_inputs
from mtc_tf.data.prepared_builder import input_length
from mtc_tf.data.prepared_builder import label_seed_of
from mtc_tf.data.prepared_builder import load_builder as load_builder
from mtc_tf.data.prepared_builder import masks_of
from mtc_tf.data.prepared_builder import model_input
from mtc_tf.data.prepared_builder import rows_of
from mtc_tf.data.shuffled_labels import rows_of_labels
from mtc_tf.data.splits import PARTS
from mtc_tf.data.splits import TRAIN
from mtc_tf.data.stored_examples import columns_on_disk
from mtc_tf.data.stored_examples import decode_rows
from mtc_tf.data.stored_examples import examples_of
from mtc_tf.packets.fields import hides_length

# What a batch of examples holds: them, and labels that are not their own.
EXAMPLES = "examples"


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
        classes, float32 or float64, uint8 of bytes, object of text. Inputs
        are masked and labels shuffled as the dataset was opened; where the
        masks hide the length of a packet, `length` is 0.

    Raises:
        InputError: if the dataset has no such feature.
    """
    columns = columns_on_disk(builder, part, names, fraction)
    masks, kind = masks_of(builder), model_input(builder)
    if masks and kind.name in columns:
        columns[kind.name] = mask_inputs(kind, columns[kind.name], masks)
    if "length" in columns and hides_length(masks):
        columns["length"] = np.zeros_like(columns["length"])
    tasks = builder.info.metadata["classes"].keys() & columns.keys()
    return columns | dealt_labels(builder, part, tasks, fraction)


def dealt_labels(builder, part, tasks, fraction=1.0):
    """Returns the labels of rows that do not have their own.

    Args:
        builder: a builder from `load_builder`.
        part: str. `train`, `validation` or `test`.
        tasks: iterable of str. Names of the labels to read.
        fraction: float. As of `read_part`.

    Returns:
        dict from task to array `(rows,)`; empty where all have their own.
    """
    seed = label_seed_of(builder)
    tasks = list(tasks)
    if seed is None or part != PARTS[TRAIN] or not tasks:
        return {}
    # Of the whole part: whatever share of it is read, a row gets the same.
    flow = {"flow"}.intersection(builder.info.features)
    columns = columns_on_disk(builder, part, [*tasks, *flow])
    flows = columns.pop("flow", np.arange(rows_of(builder, part)))
    rows = rows_of_labels(flows, seed)[: rows_of(builder, part, fraction)]
    return {task: labels[rows] for task, labels in columns.items()}


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
    examples = labelled_examples(builder, part, tasks, fraction)
    batches = (
        examples.batch(batch_size)
        .map(make_parser(builder, tasks), num_parallel_calls=2)
        .prefetch(2)
    )
    # TFRecord files do not tell their length; progress bars ask for it.
    known = tf.data.experimental.assert_cardinality(-(-rows // batch_size))
    return batches.apply(known)


def labelled_examples(builder, part, tasks, fraction=1.0):
    """Returns the examples of a part with the labels that they are to have.

    Args:
        builder: a builder from `load_builder`.
        part: str. `train`, `validation` or `test`.
        tasks: iterable of str. Names of the labels to read.
        fraction: float. As of `read_part`.

    Returns:
        a `tf.data.Dataset` of dicts, in the order on disk: `EXAMPLES`, a
        serialised example; where labels are shuffled also that of each task.
    """
    count = rows_of(builder, part, fraction)
    labels = dealt_labels(builder, part, tasks, fraction)
    return tf.data.Dataset.zip(
        {
            EXAMPLES: examples_of(builder, part).take(count),
            **{
                task: tf.data.Dataset.from_tensor_slices(values)
                for task, values in labels.items()
            },
        }
    )


def make_parser(builder, tasks, change=None):
    """Makes a function that parses a batch of examples.

    Args:
        builder: a builder from `load_builder`.
        tasks: iterable of str. Names of the labels to read.
        change: function of the rows of the input and the batch, which returns
            others; what is masked is masked behind it. None for none.

    Returns:
        function of a batch of `labelled_examples`, which gives an element of
        `read_part`.
    """
    kind = model_input(builder)
    shape = kind.row_shape(input_length(builder))
    feature = builder.info.features[kind.name]
    specification = {
        kind.name: tf.io.FixedLenFeature([], tf.string),
        **{task: tf.io.FixedLenFeature([], tf.int64) for task in tasks},
    }

    def parse(batch):
        example = tf.io.parse_example(batch[EXAMPLES], specification)
        rows = decode_rows(example[kind.name], feature)
        rows = tf.ensure_shape(rows, (None, math.prod(shape)))
        rows = tf.reshape(rows, (-1, *shape))
        if change is not None:
            rows = change(rows, batch)
        rows = _mask(rows, kind, masks_of(builder))
        labels = {task: batch.get(task, example[task]) for task in tasks}
        targets = {task: tf.maximum(x, 0) for task, x in labels.items()}
        weights = {
            task: tf.cast(x >= 0, tf.float32) for task, x in labels.items()
        }
        return {kind.name: rows}, targets, weights

    return parse


def _mask(rows, kind, masks):
    """Masks in NumPy, by the code that preprocesses captures for the model."""
    if not masks:
        return rows
    masked = tf.numpy_function(
        lambda rows: mask_inputs(kind, rows, masks),
        [rows],
        rows.dtype,
        stateful=False,
    )
    return tf.ensure_shape(masked, rows.shape)
