"""The rows of a prepared dataset as NumPy arrays, without TensorFlow.

They are stored as `tf.train.Example` in TFRecord files.
"""

import numpy as np
import tensorflow_datasets as tfds

from mtc_tf.data.prepared_builder import check_features
from mtc_tf.data.prepared_builder import stores_packets_short
from mtc_tf.data.stored_packet import unpack_packets
from mtc_tf.data.tfrecord import read_records
from mtc_tf.errors import InputError


def read_batches(builder, part, names, batch_size):
    """Reads features of a part, in their order on disk.

    Args:
        builder: a builder from `prepared_builder.load_builder`.
        part: str. `train`, `validation` or `test`.
        names: iterable of str. Features of the dataset.
        batch_size: int. Rows of a batch; the last one may be smaller.

    Yields:
        dict from name to array `(rows, …)`, as of
        `input_pipeline.read_columns`.

    Raises:
        InputError: if the dataset has no such feature, or a file is damaged.
    """
    check_features(builder, names)
    features = {name: builder.info.features[name] for name in names}
    batch = []
    for path in builder.info.splits[part].filepaths:
        for example in _examples(path):
            batch.append(example)
            if len(batch) == batch_size:
                yield _columns(batch, features, path)
                batch = []
    if batch:
        yield _columns(batch, features, path)


def _examples(path):
    from google.protobuf.message import DecodeError
    from tensorflow_datasets.proto import tf_example_pb2

    for record in read_records(path):
        try:
            yield tf_example_pb2.Example.FromString(record).features.feature
        except DecodeError as error:
            raise InputError(f"{path} is damaged: {error}") from error


def _columns(examples, features, path):
    try:
        return {
            name: _column(examples, name, feature)
            for name, feature in features.items()
        }
    except (IndexError, ValueError) as error:
        raise InputError(f"{path} is damaged: {error}") from error


def _column(examples, name, feature):
    """The values of one feature, as an array."""
    dtype = feature.np_dtype
    if np.issubdtype(dtype, np.integer) and not feature.shape:
        values = [example[name].int64_list.value[0] for example in examples]
        return np.array(values, np.int64)
    values = [example[name].bytes_list.value[0] for example in examples]
    if isinstance(feature, tfds.features.Text):
        return np.array(values, object)
    if stores_packets_short(feature):
        return unpack_packets(values)
    rows = np.frombuffer(b"".join(values), dtype)
    if not feature.shape:
        return rows.reshape(len(values))
    return rows.reshape(len(values), -1, *feature.shape[1:])
