"""A divided dataset of captures -> the files of a prepared dataset.

What workers call is a function of its own: `fill_buckets` for some captures,
and `write_shard` for a shard when all captures are in the buckets. Either may
be called again with the same arguments, and at the same time: what it writes
has a name of its own, and only what it returns is used.
"""

import contextlib
import itertools
import math
import uuid

from mtc_tf.data.file_calls import Step
from mtc_tf.data.filled_buckets import fill_buckets
from mtc_tf.data.filled_buckets import forget_buckets
from mtc_tf.data.row_buckets import sorted_rows
from mtc_tf.data.tfrecord import count_records
from mtc_tf.data.tfrecord import write_records
from mtc_tf.data.worker_pool import worth_a_call
from mtc_tf.errors import InputError
from mtc_tf.errors import first_line

# Captures that go to a worker together have so many packets.
_TASK_PACKETS = 200_000
# A bucket has about so many bytes, and each process holds one.
_BUCKET_BYTES = 16 << 20
_TFRECORD = "tfrecord"
# What a file is called until it is whole.
_UNNAMED = ".part"


def write_dataset(
    dataset, paths, file_format, *, folder, workers, keep_packets=False
):
    """Writes the rows of all parts, in the order of the hashes of their keys.

    Args:
        dataset: `CaptureDataset`.
        paths: dict from part to a list of `epath.Path`, those of its shards.
        file_format: str. A value of TFDS's `FileFormat`.
        folder: `pathlib.Path` or `epath.Path` of a folder. The rows wait there
            for their order, with about the room of the files; those that do
            so already are not encoded again.
        workers: `WorkerPool` or `BeamPool` that writes.
        keep_packets: bool. Whether the dataset's packets stay where they wait.

    Returns:
        dict from part to a list of tuples `(rows, nbytes)`, those of its
        shards, as they were read back.

    Raises:
        InputError: if a file cannot be written, or does not hold the rows that
            it should.
    """
    of_shard = {
        part: math.ceil(dataset.nbytes(part) / _BUCKET_BYTES / len(own))
        for part, own in paths.items()
    }
    buckets = {part: len(own) * of_shard[part] for part, own in paths.items()}
    filled = _fill_all(dataset, folder, buckets, workers)
    for capture, _ in dataset.captures_with_known():
        if not keep_packets:
            capture.spool.remove()
    tasks = []
    for part, own in paths.items():
        for shard, path in enumerate(own):
            first, end = (x * of_shard[part] for x in (shard, shard + 1))
            rows = [file.of(part, first, end) for file in filled]
            tasks.append((path, file_format, rows))
    done = workers.call_all(Step("writing", write_shard, tasks))
    written = {part: [next(done) for _ in own] for part, own in paths.items()}
    for part, own in written.items():
        _remove_unnamed(paths[part][0].parent)
        rows = sum(rows for rows, _ in own)
        if rows != dataset.rows(part):
            forget_buckets(folder)
            raise InputError(
                f"{paths[part][0].parent}: the part {part!r} should have "
                f"{dataset.rows(part)} rows; read back: {rows}"
            )
    return written


def write_shard(path, file_format, files):
    """Writes one file and reads it back; then only it has its name.

    Args:
        path: `epath.Path` of the file.
        file_format: str. A value of TFDS's `FileFormat`.
        files: list, as of `sorted_rows`: where the rows are.

    Returns:
        tuple `(rows, nbytes)`: what it holds, and its size.

    Raises:
        InputError: if it cannot be written, or read back.
    """
    batches = sorted_rows(files)
    unnamed = path.with_name(f"{path.name}.{uuid.uuid4().hex}{_UNNAMED}")
    with _naming(path):
        if file_format == _TFRECORD:
            write_records(unnamed, batches)
            rows = count_records(unnamed)
        else:
            rows = _write_otherwise(unnamed, file_format, batches)
        nbytes = unnamed.stat().length
        unnamed.replace(path)
    return rows, nbytes


def _fill_all(dataset, folder, buckets, workers):
    """Puts all rows into buckets; a list of `BucketFile`."""
    tasks = [
        (dataset.encode, captures, folder, buckets)
        for captures in worth_a_call(
            dataset.captures_with_known(),
            lambda item: len(item[0].numbers),
            _TASK_PACKETS,
        )
    ]
    return list(workers.call_all(Step("encoding", fill_buckets, tasks)))


def _remove_unnamed(folder):
    """Removes what workers left that were lost."""
    for path in folder.glob(f"*{_UNNAMED}"):
        path.unlink(missing_ok=True)


def _write_otherwise(path, file_format, batches):
    """Writes in a format of TFDS; returns the rows that are in the file."""
    from tensorflow_datasets.core import file_adapters

    kind = file_adapters.FileFormat.from_value(file_format)
    adapter = file_adapters.ADAPTER_FOR_FORMAT[kind]
    examples = itertools.chain.from_iterable(batches)
    adapter.write_examples(path, ((None, example) for example in examples))
    return adapter.num_examples(path)


@contextlib.contextmanager
def _naming(path):
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{path} cannot be written: {error.strerror or first_line(error)}"
        ) from error
