"""Rows on their way from captures to shards.

The rows of a part lie in the order of a hash of their key, over all of its
shards. A capture's rows go to all of them: hashes are divided into ranges, a
bucket for each, to which rows come as they come, and which is sorted when all
have come. A shard is one bucket after another, so that no more than a bucket is
ever held. Who fills buckets has one file for all of them, and knows where in it
the rows of each lie.
"""

import dataclasses
import hashlib

import numpy as np

from mtc_tf.data.waiting_file import WaitingFile

# Bytes of rows that wait in memory to be written many at once: so many, and so
# many for each bucket, that what is read of a bucket is not all too small.
_MOST_WAITING = 2 << 20
_WAITING_IN_BUCKET = 64 << 10
# Rows that come out of a bucket at once.
_BATCH = 512
_KEY_BYTES = 16
_SIZE_BYTES = 4
# Rows of one bucket that lie together: first all keys, then all sizes, then the
# Examples, which have so many bytes.
_BLOCK = np.dtype(
    [("bucket", "<i4"), ("offset", "<i8"), ("rows", "<i4"), ("nbytes", "<i8")]
)


@dataclasses.dataclass(frozen=True)
class BucketFile:
    """A file with rows of many buckets.

    Args:
        path: `pathlib.Path` or `epath.Path` of the file.
        blocks: dict from part to a structured array of where in it rows lie,
            in the order of their buckets.
    """

    path: object
    blocks: dict

    def of(self, part, first, end):
        """Returns the same file with some buckets of a part alone.

        Args:
            part: str.
            first: int. The first of these buckets.
            end: int. The one behind the last.

        Returns:
            tuple `(path, blocks)`, the `blocks` an array.
        """
        blocks = self.blocks[part]
        begin, end = np.searchsorted(blocks["bucket"], [first, end])
        return self.path, blocks[begin:end]


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
    """Puts rows into buckets.

    Args:
        path: `pathlib.Path` or `epath.Path` of the file, which is not there
            yet.
        buckets: dict of str to int. How many buckets each part has.

    Attributes:
        file: `BucketFile`, behind the `with` statement.
        seal: list, as of `WaitingFile`.
    """

    def __init__(self, path, buckets):
        self._file = WaitingFile(path, "rows")
        self._buckets = buckets
        self._blocks = {part: [] for part in buckets}
        self._most_waiting = max(
            _MOST_WAITING, _WAITING_IN_BUCKET * sum(buckets.values())
        )
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
    def file(self):
        blocks = {
            part: np.sort(np.array(own, _BLOCK), order=["bucket", "offset"])
            for part, own in self._blocks.items()
        }
        return BucketFile(self._file.path, blocks)

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
        if self._bytes > self._most_waiting:
            self._write()

    def _forget(self):
        self._waiting = {part: ([], []) for part in self._buckets}
        self._bytes = 0

    def _write(self):
        for part, (keys, examples) in self._waiting.items():
            if examples:
                self._write_part(part, np.concatenate(keys), examples)
        self._forget()

    def _write_part(self, part, keys, examples):
        buckets = _buckets_of(keys, self._buckets[part])
        order = np.argsort(buckets, kind="stable")
        found, begins = np.unique(buckets[order], return_index=True)
        for bucket, rows in zip(
            found.tolist(), np.split(order, begins[1:]), strict=True
        ):
            own = [examples[row] for row in rows.tolist()]
            sizes = np.fromiter(map(len, own), np.uint32, len(own))
            pieces = [keys[rows].tobytes(), sizes.tobytes(), *own]
            offset = self._file.add(b"".join(pieces))
            nbytes = int(sizes.sum(dtype=np.int64))
            self._blocks[part].append((bucket, offset, len(own), nbytes))


def sorted_rows(files):
    """Reads the rows of some buckets.

    Args:
        files: list of tuples `(path, blocks)` as of `BucketFile.of`.

    Yields:
        list of bytes, some of the examples; together all of them, in the order
        of their keys. Those of one bucket are held in memory.
    """
    buckets = [blocks["bucket"] for _, blocks in files]
    for bucket in np.unique(np.concatenate(buckets)) if files else ():
        yield from _sorted_bucket(
            [
                (path, blocks[blocks["bucket"] == bucket])
                for path, blocks in files
            ]
        )


def _sorted_bucket(files):
    contents, keys, places = [], [], []
    for path, blocks in files:
        if not len(blocks):
            continue
        with path.open("rb") as file:
            for _, offset, rows, nbytes in blocks.tolist():
                before = rows * (_KEY_BYTES + _SIZE_BYTES)
                file.seek(offset)
                content = file.read(before + nbytes)
                own = np.frombuffer(content, np.uint64, 2 * rows)
                keys.append(own.reshape(-1, 2))
                sizes = np.frombuffer(content, np.uint32, rows, own.nbytes)
                ends = before + sizes.cumsum(dtype=np.int64)
                number = np.full(rows, len(contents))
                places.append(np.stack([number, ends - sizes, ends], axis=1))
                contents.append(content)
    order = _order(np.concatenate(keys))
    places = np.concatenate(places)[order]
    for first in range(0, len(places), _BATCH):
        yield [
            contents[number][begin:end]
            for number, begin, end in places[first : first + _BATCH].tolist()
        ]


def _buckets_of(keys, buckets):
    """The bucket of each key: equal ranges of hashes, in their order."""
    ranges = keys[:, 0] >> np.uint64(32)
    return (ranges * np.uint64(buckets) >> np.uint64(32)).astype(np.int64)


def _order(keys):
    """Sorts keys; half of a key is quicker, and nearly always enough."""
    order = np.argsort(keys[:, 0], kind="stable")
    high = keys[order, 0]
    if (high[1:] == high[:-1]).any():
        return np.lexsort((keys[:, 1], keys[:, 0]))
    return order
