"""Many blocks of a pcapng file at once."""

import contextlib

import numpy as np

from mtc_tf.packets.byte_rows import read_numbers
from mtc_tf.packets.frame_run import FrameRun
from mtc_tf.packets.frame_run import leading
from mtc_tf.packets.frame_times import MICROSECONDS
from mtc_tf.packets.frame_times import NANOSECONDS
from mtc_tf.packets.frame_times import clock_times
from mtc_tf.packets.frame_times import frame_times
from mtc_tf.packets.pcap_frames import MAX_FRAME_LENGTH
from mtc_tf.packets.pcapng_frames import INTERFACE
from mtc_tf.packets.pcapng_frames import MAX_BLOCK_LENGTH
from mtc_tf.packets.pcapng_frames import MIN_BLOCK_LENGTH
from mtc_tf.packets.pcapng_frames import OLD_PACKET
from mtc_tf.packets.pcapng_frames import PACKET
from mtc_tf.packets.pcapng_frames import SECTION
from mtc_tf.packets.pcapng_frames import SIMPLE_PACKET

# A block ends in its length once more.
_LENGTH_BYTES = 4
# Of an enhanced packet: where the frame begins, and all that is not the frame.
_FRAME_AT, _AROUND_FRAME = 28, 32
_MAX_INT64 = 2**63 - 1
_RARE_KINDS = (SECTION, INTERFACE, OLD_PACKET, SIMPLE_PACKET)


def pcapng_run(frames, window, most):
    """Finds the packets that lie whole in a block of memory.

    They are enhanced packet blocks; what tells nothing of packets, such as
    names and statistics, is passed over. Other blocks, and damaged ones, stop.

    Args:
        frames: `PcapNgFrames`, which reads from the window.
        window: `BlockWindow`. Stays where it is.
        most: int. Blocks at most.

    Returns:
        `FrameRun`.
    """
    heads = _walk(frames, window, most)
    # (blocks, 7)
    fields = read_numbers(window.data, heads, 7, frames.byte_order)
    sizes, captured = fields[:, 1].astype(np.int64), fields[:, 5]
    ends = heads + sizes
    is_whole = ends <= window.end
    is_packet = fields[:, 0] == PACKET
    is_plain = _is_sound(fields, sizes, is_packet, len(frames.interfaces))
    # Beyond the block nothing may be read.
    again = np.where(is_whole & is_plain, ends, window.end) - _LENGTH_BYTES
    repeated = read_numbers(window.data, again, 1, frames.byte_order)[:, 0]
    is_plain &= ~is_whole | (repeated == fields[:, 1])
    count = leading(is_whole & is_plain)
    rows = slice(count)
    if not is_packet[rows].all():
        rows = np.flatnonzero(is_packet[rows])
    timestamps, microseconds, link_types = _clocks(
        frames.interfaces, fields[rows]
    )
    return FrameRun(
        starts=heads[rows] + _FRAME_AT,
        lengths=captured[rows].astype(np.int64),
        wire_lengths=fields[rows, 6],
        timestamps=timestamps,
        microseconds=microseconds,
        link_types=link_types,
        end=int(ends[count - 1]) if count else window.start,
        is_stopped=not is_plain[count : count + 1].all(),
    )


def _walk(frames, window, most):
    """Goes from block to block; beyond a damaged one they mean nothing.

    Returns:
        int64 array, where they begin.
    """
    # Blocks begin at multiples of four bytes, and so does the first one here.
    words = window.data[: window.end // 4 * 4].view(f"{frames.byte_order}u4")
    lengths = memoryview(words.astype(np.uint32, copy=False))[1:]
    place, heads = window.start // 4, []
    # As in `pcap_runs`.
    with contextlib.suppress(IndexError):
        for _ in range(most):
            step = lengths[place] // 4
            heads.append(place)
            place += step
    return 4 * np.array(heads, np.int64)


def _is_sound(fields, sizes, is_packet, num_interfaces):
    """Whether blocks are no rare ones, by what stands at their beginning."""
    captured = fields[:, 5].astype(np.int64)
    is_sound = (
        (captured <= sizes - _AROUND_FRAME)
        & (captured <= MAX_FRAME_LENGTH)
        & (fields[:, 2] < num_interfaces)
    )
    others = np.flatnonzero(~is_packet)
    if len(others):
        is_sound[others] = ~np.isin(fields[others, 0], _RARE_KINDS)
    return (
        is_sound
        & (sizes >= MIN_BLOCK_LENGTH)
        & (sizes <= MAX_BLOCK_LENGTH)
        & (sizes % 4 == 0)
    )


def _clocks(interfaces, fields):
    """Times and link types of packets, whatever their interfaces."""
    numbers = fields[:, 2]
    ticks = fields[:, 3].astype(np.uint64) << 32 | fields[:, 4]
    # Mostly one: then nothing is sorted.
    several = (numbers != numbers[:1]).any()
    used = {
        number: interfaces[number]
        for number in set((numbers if several else numbers[:1]).tolist())
    }
    if len(set(used.values())) == 1:
        [((link_type, resolution), _, offset)] = set(used.values())
        is_common = resolution in (MICROSECONDS, NANOSECONDS) and not offset
        if is_common and (ticks <= _MAX_INT64).all():
            times = clock_times(ticks.astype(np.int64), resolution)
            return *times, np.full(len(ticks), link_type, np.int64)
    kinds = [used[number] for number in numbers.tolist()]
    times = frame_times(
        [
            tick + offset * resolution
            for tick, ((_, resolution), _, offset) in zip(
                ticks.tolist(), kinds, strict=True
            )
        ],
        [resolution for (_, resolution), _, _ in kinds],
    )
    return *times, np.array(
        [link_type for (link_type, _), _, _ in kinds], np.int64
    )
