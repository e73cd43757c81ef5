"""The examples of a prepared dataset as they are stored, read with TensorFlow.

`input_pipeline` masks them and deals out labels, where that is asked for.
"""

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from mtc_tf.data.prepared_builder import check_features
from mtc_tf.data.prepared_builder import rows_of

# Examples that `columns_on_disk` parses at once.
_COLUMN_ROWS = 4096


def examples_of(builder, part):
    """Returns the serialised examples of a part, in their order on disk."""
    paths = [str(path) for path in builder.info.splits[part].filepaths]
    return tf.data.TFRecordDataset(paths)


def columns_on_disk(builder, part, names, fraction=1.0):
    """Reads features of a part as they are stored.

    Args:
        builder: a builder from `load_builder`.
        part: str. `train`, `validation` or `test`.
        names: iterable of str. Features of the dataset.
        fraction: float. As of `input_pipeline.read_part`.

    Returns:
        dict from name to NumPy array, as of `input_pipeline.read_columns`.

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
