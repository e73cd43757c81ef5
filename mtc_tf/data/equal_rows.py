"""Rows whose features are equal: they share an id, a part, and one copy."""

import numpy as np

from mtc_tf.data.splits import PARTS
from mtc_tf.packets.hashing import hash64

# Few enough for the cache of a processor.
_BLOCK_ROWS = 4096


def row_ids(rows):
    """Hashes the features of each row.

    Args:
        rows: float array of shape `(rows, features)`, without NaN.

    Returns:
        uint64 array of shape `(rows,)`. Equal rows share an id; that two
        others do is as likely as a collision of 64 bits.
    """
    # Zero has two signs.
    return _ids(rows, lambda block: block.astype(np.float64) + 0.0)


def packet_ids(packets):
    """Hashes the bytes of each packet.

    Args:
        packets: uint8 array of shape `(packets, bytes)`.

    Returns:
        uint64 array of shape `(packets,)`, as of `row_ids`.
    """
    missing = -packets.shape[1] % 8
    return _ids(packets, lambda block: np.pad(block, ((0, 0), (0, missing))))


def _ids(rows, as_words):
    """Hashes rows, of which a function makes words of 64 bits."""
    ids = np.zeros(len(rows), np.uint64)
    for start in range(0, len(rows), _BLOCK_ROWS):
        block = ids[start : start + _BLOCK_ROWS]
        words = as_words(rows[start : start + _BLOCK_ROWS])
        for column in words.view(np.uint64).T:
            block[:] = hash64(column, seed=block)
    return ids


def first_of_equal(ids, classes, parts):
    """Brings equal rows into one part, and keeps one of each class there.

    The part is the earliest that any of them stands in. So nothing that was
    fitted to the training part has seen a row of another part, whenever equal
    rows are found out.

    Args:
        ids: uint64 array of shape `(rows,)`. Equal rows share one.
        classes: int array of shape `(rows,)`.
        parts: int array of shape `(rows,)`. Indices into `PARTS`.

    Returns:
        tuple `(kept, parts)`: ascending indices of the rows that are kept,
        and the part of each of them.
    """
    groups, group_of_row = np.unique(ids, return_inverse=True)
    earliest = np.full(len(groups), len(PARTS), parts.dtype)
    np.minimum.at(earliest, group_of_row, parts)
    _, kept = np.unique(hash64(classes, seed=ids), return_index=True)
    kept.sort()
    return kept, earliest[group_of_row[kept]]


def count_in_earlier_parts(ids, parts):
    """Counts rows that stand in an earlier part too.

    Args:
        ids: uint64 array of shape `(rows,)`. Equal rows share one.
        parts: int array of shape `(rows,)`. Indices into `PARTS`.

    Returns:
        dict from each of `PARTS` but the first to int.
    """
    return {
        PARTS[part]: int(np.isin(ids[parts == part], ids[parts < part]).sum())
        for part in range(1, len(PARTS))
    }
