"""Bytes of many frames at once: a row for each frame."""

import tensorflow as tf


def read_bytes(frames, starts, ends, width):
    """Copies `width` bytes from each start on; zeros from each end on.

    Args:
        frames: string tensor `(frames,)`.
        starts: int32 tensor `(frames,)`, positions in the frames, not beyond
            their ends.
        ends: int32 tensor `(frames,)`.
        width: int. Bytes of a row.

    Returns:
        uint8 tensor `(frames, width)`.
    """
    lengths = tf.clip_by_value(ends - starts, 0, width)
    return tf.io.decode_raw(
        tf.strings.substr(frames, starts, lengths), tf.uint8, fixed_length=width
    )


def read_byte(rows, column):
    """Reads the numbers in a column, int32 `(frames,)`."""
    return tf.cast(rows[:, column], tf.int32)


def read_uint16(rows, column):
    """Reads a big-endian number of two bytes out of each row.

    Args:
        rows: uint8 tensor `(frames, width)`.
        column: int. Where the number begins.

    Returns:
        int32 tensor `(frames,)`.
    """
    return read_byte(rows, column) * 256 + read_byte(rows, column + 1)


def is_one_of(numbers, constants):
    """Tells which numbers are among a few, a bool tensor of their shape."""
    return tf.reduce_any(
        numbers[:, tf.newaxis] == tf.constant(sorted(constants), tf.int32),
        axis=1,
    )


def look_up(numbers, table, default):
    """Translates a few numbers; others become `default`.

    Args:
        numbers: int32 tensor `(frames,)`.
        table: dict from int to int.
        default: int, or int32 tensor `(frames,)`.

    Returns:
        int32 tensor `(frames,)`.
    """
    translated = tf.zeros_like(numbers) + default
    for number, value in table.items():
        translated = tf.where(numbers == number, value, translated)
    return translated
