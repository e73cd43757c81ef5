"""Rows on their way from captures to shards.

The rows of a part lie in the order of a hash of their key, over all of its
shards. A capture's rows go to all shards: each shard has a bucket, to which
rows come as they come, and is sorted when all have come. Who fills buckets has
one file for all of them, and knows where in it the rows of each shard lie.
"""

import dataclasses
import hashlib
import itertools

import numpy as np

from mtc_tf.data.waiting_file import WaitingFile

# Bytes of rows that wait in memory to be written many at once.
_MOST_WAITING = 2 << 20
# Rows that come out of a bucket at once.
_BATCH = 512
_KEY_BYTES = 16
_SIZE_BYTES = 4


@dataclasses.dataclass(frozen=True)
class RowBlock:
    """Where some rows of one shard lie.

    Args:
        path: `pathlib.Path` or `epath.Path` of the file.
        offset: int. Where they begin in it, in bytes: first all keys, then all
            sizes, then the Examples.
        rows: int. How many there are.
        nbytes: int. Bytes of the Examples.
    """

    path: object
    offset: int
    rows: int
    nbytes: int


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

    Args:
        path: `pathlib.Path` or `epath.Path` of the file, which is not there
            yet.
        shards: dict of str to int. How many shards each part has.

    Attributes:
        blocks: dict from tuple `(part, shard)` to a list of `RowBlock`; whole
            behind the `with` statement.
        path: as given.
        seal: list, as of `WaitingFile`.
    """

    def __init__(self, path, shards):
        self._file = WaitingFile(path, "rows")
        self._shards = shards
        self.blocks = {}
        self._forget()

    def __enter__(self):
        self._file.__enter__()
        return self

    def __exit__(self, kind, *error):
        try:
            if kind is None:
                self._write()
        finally:
            self._file.__exit__(kind, *error)

    @property
    def path(self):
        return self._file.path

    @property
    def seal(self):
        return self._file.seal

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
            own = [examples[row] for row in rows.tolist()]
            sizes = np.fromiter(map(len, own), np.uint32, len(own))
            pieces = [keys[rows].tobytes(), sizes.tobytes(), *own]
            offset = self._file.add(b"".join(pieces))
            nbytes = int(sizes.sum(dtype=np.int64))
            block = RowBlock(self._file.path, offset, len(own), nbytes)
            self.blocks.setdefault((part, shard), []).append(block)


def sorted_rows(blocks):
    """Reads the rows of one shard.

    Args:
        blocks: list of `RowBlock`, all of its bucket; those of one file stand
            together.

    Yields:
        list of bytes, some of the examples; together all of them, in the order
        of their keys. All are held in memory.
    """
    contents, keys, places = [], [], []
    for path, own in itertools.groupby(blocks, lambda block: block.path):
        with path.open("rb") as file:
            for block in own:
                file.seek(block.offset)
                stored = file.read(block.rows * _KEY_BYTES)
                keys.append(np.frombuffer(stored, np.uint64).reshape(-1, 2))
                stored = file.read(block.rows * _SIZE_BYTES)
                sizes = np.frombuffer(stored, np.uint32)
                ends = sizes.cumsum(dtype=np.int64)
                content = np.full(block.rows, len(contents))
                places.append(np.stack([content, ends - sizes, ends], axis=1))
                contents.append(file.read(block.nbytes))
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
