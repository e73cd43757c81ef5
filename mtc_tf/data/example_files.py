"""The rows of a prepared dataset as NumPy arrays, without TensorFlow.

TFDS writes them as `tf.train.Example` in TFRecord files: of each record its
length, a checksum of that, its bytes, and a checksum of these. The checksums
are not compared: in Python that takes longer than all the rest.
"""

import struct

import numpy as np
import tensorflow_datasets as tfds

from mtc_tf.data.prepared_builder import check_features
from mtc_tf.errors import InputError

_HEAD = struct.Struct("<Q4x")
_CHECKSUM_BYTES = 4


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


def read_records(path):
    """Reads the records of a TFRecord file.

    Args:
        path: path.

    Yields:
        bytes.

    Raises:
        InputError: if the file ends within a record.
    """
    with path.open("rb") as file:
        while head := file.read(_HEAD.size):
            record = b""
            if len(head) == _HEAD.size:
                [size] = _HEAD.unpack(head)
                # A damaged length may be more than there is memory for.
                record = file.read(min(size, 1 << 31) + _CHECKSUM_BYTES)
            if len(head) < _HEAD.size or len(record) != size + _CHECKSUM_BYTES:
                raise InputError(f"{path} is damaged: it ends within a record")
            yield record[:-_CHECKSUM_BYTES]


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
    rows = np.frombuffer(b"".join(values), dtype)
    if not feature.shape:
        return rows.reshape(len(values))
    return rows.reshape(len(values), -1, *feature.shape[1:])
