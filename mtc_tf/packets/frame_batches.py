"""A capture as batches of frames: many records at once, where they allow it."""

from mtc_tf.packets.frame_batch import FrameBatch
from mtc_tf.packets.pcap_frames import CaptureDamage
from mtc_tf.packets.pcap_frames import PcapFrames
from mtc_tf.packets.pcap_runs import pcap_run
from mtc_tf.packets.pcapng_runs import pcapng_run

# Few enough that a chunk and the arrays made from it stay in the cache's
# reach, enough that NumPy's cost of a call does not show.
CHUNK_FRAMES = 4096
# Jumbo and offloaded frames: what bounds the memory if frames are large.
CHUNK_BYTES = 4 * 1024 * 1024

# Records that are read one by one where plain ones stop; twice as many each
# time that these stop sooner than that.
_FIRST_SINGLES = 64


def frame_batches(reader, warnings):
    """Reads a capture in batches, up to its end or to where it is damaged.

    Plain records, the only ones of nearly all captures, are found in blocks;
    where another one comes, or damage, the reader goes on one by one.

    Args:
        reader: `PcapFrames` or `PcapNgFrames`, whose stream is a `BlockWindow`.
        warnings: list to which warnings (str) are added.

    Yields:
        `FrameBatch`, never empty.
    """
    window, records = reader.stream, iter(reader)
    number, singles, damage = 0, min(_FIRST_SINGLES, CHUNK_FRAMES), None
    while damage is None:
        run = _next_run(reader)
        if run.end > window.start and (
            len(run) >= singles or not run.is_stopped
        ):
            window.start = run.end
            if not len(run):
                continue
            batch = run.batch(window.data, number)
            singles = min(_FIRST_SINGLES, CHUNK_FRAMES)
        else:
            columns, damage = _take(records, singles)
            if not columns[0]:
                break
            batch = FrameBatch.from_records(*columns, first_number=number)
            singles = min(2 * singles, CHUNK_FRAMES)
        yield batch
        number += len(batch)
    if damage is not None:
        warnings.append(damage_warning(damage, number))


def damage_warning(damage, count):
    """Warns that a capture cannot be read any further.

    Args:
        damage: `CaptureDamage`.
        count: int. Packets that were read.

    Returns:
        str.
    """
    return (
        f"cut off or damaged at packet {count}, counted from 0: {damage}; "
        f"the {count} packets before it were read"
    )


def _next_run(reader):
    """Finds plain records; where the block holds none whole, in the next."""
    find_run = pcap_run if isinstance(reader, PcapFrames) else pcapng_run
    window = reader.stream
    run = find_run(reader, window, CHUNK_FRAMES)
    if run.end == window.start and not run.is_stopped:
        window.advance()
        run = find_run(reader, window, CHUNK_FRAMES)
    return run


def _take(records, most):
    """Takes some records, as columns; returns the damage behind them, too."""
    size, columns = 0, ([], [], [], [])
    try:
        for record in records:
            # Columns, not a list of records: so many tuples at once would set
            # off the garbage collector again and again.
            for column, value in zip(columns, record, strict=True):
                column.append(value)
            size += len(record[0])
            if len(columns[0]) == most or size >= CHUNK_BYTES:
                break
    except CaptureDamage as damage:
        return columns, damage
    return columns, None
