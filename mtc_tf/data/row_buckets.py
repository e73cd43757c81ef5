"""Rows on their way from captures to shards.

The rows of a part lie in the order of a hash of their key, over all of its
shards. A capture's rows go to all shards: each shard has a file, its bucket, to
which rows come as they come, and is sorted when all have come.
"""

import hashlib
import os
import struct

import numpy as np

from mtc_tf.errors import InputError

# Bytes of rows that wait in memory to be written many at once.
_MOST_WAITING = 2 << 20
# Rows that come out of a bucket at once.
_BATCH = 512
_KEY_BYTES = 16
_BLOCK = struct.Struct("<QQ")


def row_keys(part, capture, numbers):
    """Hashes the keys of rows as TFDS does, by MD5 with the part as salt.

    Args:
        part: str. Name of the part.
        capture: str. Name of the capture.
        numbers: int array `(rows,)`. Position of each row's packet.

    Returns:
        uint64 array `(rows, 2)`, the more significant half first.
    """
    # TFDS writes paths with slashes.
    begin = f"{part}{capture}/".replace("\\", "/").encode()
    begun = hashlib.md5(begin, usedforsecurity=False)
    digests = []
    for number in numbers.tolist():
        hasher = begun.copy()
        hasher.update(b"%d" % number)
        digests.append(hasher.digest())
    keys = np.frombuffer(b"".join(digests), ">u8").astype(np.uint64)
    return keys.reshape(-1, 2)


class RowBuckets:
    """Puts rows into the buckets of their shards.

    Several processes may write to one folder: each has files of its own.

    Args:
        folder: `pathlib.Path`. Where the buckets lie.
        shards: dict of str to int. How many shards each part has.
    """

    def __init__(self, folder, shards):
        self._folder = folder
        self._shards = shards
        self._forget()

    def __enter__(self):
        return self

    def __exit__(self, kind, *error):
        if kind is None:
            self._write()

    def add(self, part, keys, examples):
        """Adds rows of one part.

        Args:
            part: str.
            keys: uint64 array `(rows, 2)`, as of `row_keys`.
            examples: list of bytes.

        Raises:
            InputError: if they cannot be written.
        """
        all_keys, all_examples = self._waiting[part]
        all_keys.append(keys)
        all_examples.extend(examples)
        self._bytes += sum(map(len, examples))
        if self._bytes > _MOST_WAITING:
            self._write()

    def _forget(self):
        self._waiting = {part: ([], []) for part in self._shards}
        self._bytes = 0

    def _write(self):
        for part, (keys, examples) in self._waiting.items():
            if examples:
                self._write_part(part, np.concatenate(keys), examples)
        self._forget()

    def _write_part(self, part, keys, examples):
        shards = _shards_of(keys, self._shards[part])
        order = np.argsort(shards, kind="stable")
        found, begins = np.unique(shards[order], return_index=True)
        for shard, rows in zip(
            found.tolist(), np.split(order, begins[1:]), strict=True
        ):
            path = self._folder / f"{bucket_name(part, shard)}.{os.getpid()}"
            own = [examples[row] for row in rows.tolist()]
            sizes = np.fromiter(map(len, own), np.uint32, len(own))
            pieces = [
                _BLOCK.pack(len(own), int(sizes.sum())),
                keys[rows].tobytes(),
                sizes.tobytes(),
                *own,
            ]
            try:
                with path.open("ab") as file:
                    file.write(b"".join(pieces))
            except OSError as error:
                raise InputError(
                    f"{self._folder}: no room for the rows to wait in: "
                    f"{error.strerror}"
                ) from error


def bucket_name(part, shard):
    """Returns what the names of a bucket's files begin with."""
    return f"{part}-{shard:05d}"


def sorted_rows(paths):
    """Reads the files of one bucket.

    Args:
        paths: list of `pathlib.Path`.

    Yields:
        list of bytes, some of the examples; together all of them, in the order
        of their keys. All are held in memory.
    """
    contents, keys, places = [], [], []
    for path in paths:
        with path.open("rb") as file:
            while head := file.read(_BLOCK.size):
                rows, nbytes = _BLOCK.unpack(head)
                own = np.frombuffer(file.read(rows * _KEY_BYTES), np.uint64)
                keys.append(own.reshape(-1, 2))
                sizes = np.frombuffer(file.read(4 * rows), np.uint32)
                ends = sizes.cumsum(dtype=np.int64)
                content = np.full(rows, len(contents))
                places.append(np.stack([content, ends - sizes, ends], axis=1))
                contents.append(file.read(nbytes))
    if not contents:
        return
    keys = np.concatenate(keys)
    order = _order(keys)
    places = np.concatenate(places)[order]
    for first in range(0, len(places), _BATCH):
        yield [
            contents[content][begin:end]
            for content, begin, end in places[first : first + _BATCH].tolist()
        ]


def _shards_of(keys, shards):
    """The shard of each key: equal ranges of hashes, in their order."""
    ranges = keys[:, 0] >> np.uint64(32)
    return (ranges * np.uint64(shards) >> np.uint64(32)).astype(np.int64)


def _order(keys):
    """Sorts keys; half of a key is quicker, and nearly always enough."""
    order = np.argsort(keys[:, 0], kind="stable")
    high = keys[order, 0]
    if (high[1:] == high[:-1]).any():
        return np.lexsort((keys[:, 1], keys[:, 0]))
    return order
