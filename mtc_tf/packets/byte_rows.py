"""Bytes of many packets at once: a row for each packet."""

import dataclasses
import functools

import numpy as np

PACKET_LENGTH = 1500

_BLOCK_ROWS = 256


def select(arrays, rows):
    """Picks packets out of a dataclass of arrays with an entry for each.

    Args:
        arrays: dataclass whose fields are arrays of equal length.
        rows: int or bool array, the packets to pick.

    Returns:
        A new object of the same class.
    """
    picked = {
        field.name: getattr(arrays, field.name)[rows]
        for field in dataclasses.fields(arrays)
    }
    return type(arrays)(**picked)


def read_bytes(data, starts, ends, width):
    """Copies `width` bytes from each start on; zeros from each end on.

    Args:
        data: uint8 array.
        starts: int array of shape `(packets,)`.
        ends: int array of shape `(packets,)`. Where the bytes of each packet
            end.
        width: int. Bytes of a row.

    Returns:
        uint8 array of shape `(packets, width)`.
    """
    rows = _windows(data, width)[starts].view(np.uint8).reshape(-1, width)
    lengths = ends - starts
    cut = np.flatnonzero(lengths < width)
    # Window `width - n` keeps n bytes and clears the others.
    masks = _windows(_keep_then_clear(width), width)
    first_masks = width - np.maximum(lengths, 0)
    if len(cut) * 2 < len(rows):
        own = masks[first_masks[cut]].view(np.uint8).reshape(-1, width)
        rows[cut] &= own
        return rows
    first_masks = np.maximum(first_masks, 0)
    # Blocks whose masks stay in the cache, and in memory that is used again:
    # fresh memory for the whole chunk costs ten times the copying.
    for first in range(0, len(rows), _BLOCK_ROWS):
        block = slice(first, first + _BLOCK_ROWS)
        own = masks[first_masks[block]].view(np.uint8).reshape(-1, width)
        rows[block] &= own
    return rows


@functools.cache
def _keep_then_clear(width):
    return np.repeat(np.array([0xFF, 0], np.uint8), width)


def membership(numbers, size):
    """Makes a table that says which numbers are among some.

    Args:
        numbers: iterable of int.
        size: int. The length of the table.

    Returns:
        bool array of shape `(size,)`.
    """
    table = np.zeros(size, bool)
    table[list(numbers)] = True
    return table


def read_uint16(rows, column):
    """Reads a big-endian number of two bytes out of each row.

    Args:
        rows: uint8 array of shape `(packets, width)`, each row in one piece.
        column: int. Where the number begins.

    Returns:
        int64 array of shape `(packets,)`.
    """
    numbers = rows[:, column : column + 2].view(">u2")
    return numbers[:, 0].astype(np.int64)


def read_numbers(data, starts, count, byte_order):
    """Reads numbers of four bytes that follow one another.

    Args:
        data: uint8 array.
        starts: int array of shape `(rows,)`. Where the first one begins.
        count: int. How many.
        byte_order: str, `<` or `>`.

    Returns:
        uint32 array of shape `(rows, count)`.
    """
    rows = _windows(data, 4 * count)[starts]
    return rows.view(f"{byte_order}u4").reshape(-1, count)


def row_lengths(rows, most):
    """Counts the bytes of rows without the zeros at their ends.

    Args:
        rows: uint8 array of shape `(packets, width)`, the width a multiple of
            4.
        most: int64 array of shape `(packets,)`. From where on each holds
            nothing but zeros, at least 1.

    Returns:
        int64 array of shape `(packets,)`.
    """
    lengths = most.copy()
    # The last byte of most is no zero.
    which = np.flatnonzero(rows[np.arange(len(rows)), most - 1] == 0)
    if not len(which):
        return lengths
    words = rows[which].view("<u4")
    places = np.arange(1, words.shape[1] + 1, dtype=np.uint16)
    # Behind the last word that holds something; then behind its last byte.
    ends = ((words != 0) * places).max(axis=1).astype(np.int64)
    last = words[np.arange(len(words)), ends - 1]
    zeros = (last < 2**24).astype(np.int64) + (last < 2**16) + (last < 2**8)
    lengths[which] = np.where(ends > 0, 4 * ends - zeros, 0)
    return lengths


def join_rows(rows, lengths):
    """Puts the beginnings of rows one behind the other.

    Args:
        rows: uint8 array of shape `(packets, width)`.
        lengths: int64 array of shape `(packets,)`. Bytes to take of each.

    Returns:
        tuple of a uint8 array of all these bytes, and an int64 array of shape
        `(packets + 1,)`, where each row begins and the last one ends.
    """
    width = rows.shape[1]
    places = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(lengths, out=places[1:])
    content = np.empty(places[-1] + width, np.uint8)
    # Whole rows are written, each over the end of the one before: as with an
    # index that comes twice, the last one counts.
    whole = np.ascontiguousarray(rows).view(f"V{width}")[:, 0]
    _windows(content, width)[places[:-1]] = whole
    return content[: places[-1]], places


def _windows(data, width):
    """All windows of a width, as items that are copied as one."""
    return np.ndarray(len(data) - width + 1, f"V{width}", data, strides=(1,))
