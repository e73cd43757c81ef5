"""A divided dataset of captures -> the files of a prepared dataset.

What workers call is a function of its own: `fill_buckets` for some captures,
`rows_of_shards` once when all captures are in the buckets, and then
`write_shard` for each shard. All may be called again with the same arguments,
and at the same time: what they write has a name of its own, and only what they
return is used.
"""

import contextlib
import itertools
import math
import uuid

from mtc_tf.data.file_calls import Step
from mtc_tf.data.filled_buckets import fill_buckets
from mtc_tf.data.filled_buckets import forget_buckets
from mtc_tf.data.kept_arrays import keep_arrays
from mtc_tf.data.kept_arrays import needed_arrays
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
    shards = [
        (part, number * of_shard[part], (number + 1) * of_shard[part])
        for part, own in paths.items()
        for number in range(len(own))
    ]
    scans = list(dataset.scans_with_known())
    fills = [
        (dataset.encode, task, folder, buckets)
        for task in worth_a_call(scans, lambda x: x[0].packets, _TASK_PACKETS)
    ]
    spools = [] if keep_packets else [scan.spool for scan, _ in scans]
    all_paths = itertools.chain.from_iterable(paths.values())
    steps = [
        Step("encoding", fill_buckets, fills),
        Step("sorting", rows_of_shards, [(shards, spools, folder)]),
        Step(
            "writing",
            write_shard,
            [(path, file_format, n) for n, path in enumerate(all_paths)],
        ),
    ]
    found = iter(list(workers.call_all(*steps)))
    written = {part: [next(found) for _ in own] for part, own in paths.items()}
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


def rows_of_shards(filled, shards, spools, folder):
    """Finds the rows of each shard, which need not wait as packets any more.

    Args:
        filled: list of `BucketFile`, in the folder.
        shards: list of tuples `(part, first, end)`, the buckets of each.
        spools: list of `PacketSpool` to remove.
        folder: `pathlib.Path` or `epath.Path`.

    Returns:
        list of paths of a file for each shard, which says where its rows are.
    """
    for spool in spools:
        spool.remove()
    paths = []
    for shard in shards:
        rows = dict(file.of(*shard) for file in filled)
        blocks = {path.name: own for path, own in rows.items()}
        paths.append(folder / f"{uuid.uuid4().hex}.shard")
        keep_arrays(paths[-1], blocks, None)
    return paths


def write_shard(found, path, file_format, number):
    """Writes one file and reads it back; then only it has its name.

    Args:
        found: list of what `rows_of_shards` returns, once.
        path: `epath.Path` of the file.
        file_format: str. A value of TFDS's `FileFormat`.
        number: int. Which of the shards it is.

    Returns:
        tuple `(rows, nbytes)`: what it holds, and its size.

    Raises:
        InputError: if it cannot be written, or read back.
    """
    [of_shards] = found
    blocks, _ = needed_arrays(of_shards[number])
    folder = of_shards[number].parent
    batches = sorted_rows(
        [(folder / file, own) for file, own in blocks.items()]
    )
    unnamed = path.with_name(f"{path.name}.{uuid.uuid4().hex}{_UNNAMED}")
    with _naming(path):
        if file_format == _TFRECORD:
            write_records(unnamed, batches)
            count = count_records(unnamed)
        else:
            count = _write_otherwise(unnamed, file_format, batches)
        nbytes = unnamed.stat().length
        unnamed.replace(path)
    return count, nbytes


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
