"""Bytes of many packets at once: a row for each packet."""

import dataclasses
import functools

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

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
    # A view of all windows: an index on its first axis copies whole rows,
    # several times faster than an index for each byte.
    windows = sliding_window_view(data, width)
    # Window `width - n` keeps n bytes and clears the others.
    masks = sliding_window_view(_keep_then_clear(width), width)
    first_masks = width - np.clip(ends - starts, 0, width)
    rows = np.empty((len(starts), width), np.uint8)
    # Blocks whose copies stay in the cache, and in memory that is used again:
    # fresh memory for the whole chunk costs ten times the copying.
    for first in range(0, len(rows), _BLOCK_ROWS):
        block = slice(first, first + _BLOCK_ROWS)
        np.bitwise_and(
            windows[starts[block]], masks[first_masks[block]], out=rows[block]
        )
    return rows


@functools.cache
def _keep_then_clear(width):
    return np.repeat(np.array([0xFF, 0], np.uint8), width)


def read_uint16(rows, column):
    """Reads a big-endian number of two bytes out of each row.

    Args:
        rows: uint8 array of shape `(packets, width)`.
        column: int. Where the number begins.

    Returns:
        int64 array of shape `(packets,)`.
    """
    high = rows[:, column].astype(np.int64)
    return high << 8 | rows[:, column + 1]
