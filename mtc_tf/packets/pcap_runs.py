"""Many records of a pcap at once."""

import contextlib
import struct

import numpy as np

from mtc_tf.packets.byte_rows import read_numbers
from mtc_tf.packets.frame_run import FrameRun
from mtc_tf.packets.frame_run import leading
from mtc_tf.packets.frame_times import clock_times
from mtc_tf.packets.pcap_frames import MAX_FRAME_LENGTH


def pcap_run(frames, window, most):
    """Finds the records that lie whole in a block, up to one that is damaged.

    Args:
        frames: `PcapFrames`, which reads from the window.
        window: `BlockWindow`. Stays where it is.
        most: int. Records at most.

    Returns:
        `FrameRun`.
    """
    heads = _walk(frames, window, most)
    fields = read_numbers(window.data, heads, 4, frames.byte_order)
    seconds, fractions, captured, wire_lengths = fields.astype(np.int64).T
    starts = heads + frames.header_length
    ends = starts + captured
    is_whole = ends <= window.end
    is_damaged = captured > MAX_FRAME_LENGTH
    count = leading(is_whole & ~is_damaged)
    timestamps, microseconds = clock_times(
        (seconds * frames.resolution + fractions)[:count], frames.resolution
    )
    return FrameRun(
        starts=starts[:count],
        lengths=captured[:count],
        wire_lengths=wire_lengths[:count],
        timestamps=timestamps,
        microseconds=microseconds,
        link_types=np.full(count, frames.link_type, np.int64),
        end=int(ends[count - 1]) if count else window.start,
        is_stopped=bool(is_damaged[count : count + 1].any()),
    )


def _walk(frames, window, most):
    """Goes from header to header; beyond a damaged one they mean nothing.

    Returns:
        int64 array, where they begin.
    """
    size = frames.header_length
    header = struct.Struct(f"{frames.byte_order}8xI{size - 12}x")
    unpack, block = header.unpack_from, memoryview(window.data)[: window.end]
    place, heads = window.start, []
    # The end of the block is an error of `struct`: to look out for it at each
    # step would take half as long again.
    with contextlib.suppress(struct.error):
        for _ in range(most):
            (captured,) = unpack(block, place)
            heads.append(place)
            place += size + captured
    return np.array(heads, np.int64)
