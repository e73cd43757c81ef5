"""The examples of a prepared dataset as they are stored, read with TensorFlow.

`input_pipeline` masks them and deals out labels, where that is asked for.
"""

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from mtc_tf.data.prepared_builder import check_features
from mtc_tf.data.prepared_builder import rows_of
from mtc_tf.data.prepared_builder import stores_packets_short
from mtc_tf.data.stored_packet import HEAD_BYTES
from mtc_tf.data.stored_packet import STORED
from mtc_tf.packets import PACKET_LENGTH

# Examples that `columns_on_disk` parses at once.
_COLUMN_ROWS = 4096


def examples_of(builder, part):
    """Returns the serialised examples of a part, in their order on disk."""
    return records_of(
        [str(path) for path in builder.info.splits[part].filepaths]
    )


def records_of(paths):
    """Returns the records of TFRecord files, one file after the other.

    Args:
        paths: string tensor, or list of str.
    """
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


def decode_rows(values, feature):
    """Decodes what a feature of fixed shape was stored as.

    Args:
        values: string tensor `(rows,)`.
        feature: `tfds.features.Tensor`.

    Returns:
        tensor `(rows, values)` of the feature's dtype.
    """
    if not stores_packets_short(feature):
        return tf.io.decode_raw(values, feature.np_dtype)
    begins = tf.strings.substr(values, 0, len(STORED))
    return tf.cond(
        tf.reduce_all(begins == STORED),
        lambda: _stored_packets(values),
        # What TFDS itself has written.
        lambda: tf.io.decode_raw(
            tf.io.decode_compressed(values, "ZLIB"), tf.uint8
        ),
    )


def _stored_packets(values):
    """Packets of `stored_packet`, without a look at zeros and checksum.

    The checksum of the record that they are in has been compared.
    """
    # Their number stands in front of the packet's bytes, twice.
    numbers = tf.strings.substr(values, len(STORED), 2)
    sizes = tf.io.decode_raw(numbers, tf.uint16, fixed_length=2)[:, 0]
    sizes = tf.cast(sizes, tf.int32)
    begins = tf.fill(tf.shape(sizes), HEAD_BYTES)
    packets = tf.strings.substr(values, begins, sizes)
    return tf.io.decode_raw(packets, tf.uint8, fixed_length=PACKET_LENGTH)


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
    values = decode_rows(column, feature).numpy()
    if not feature.shape:
        return values[:, 0]
    return values.reshape(len(values), -1, *feature.shape[1:])
