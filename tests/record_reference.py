"""The two readers of captures, which must agree: by records, in blocks."""

import io
from unittest import mock

from mtc_tf.errors import InputError
from mtc_tf.packets import block_window
from mtc_tf.packets import frame_batches
from mtc_tf.packets.capture import open_frames
from mtc_tf.packets.capture import read_capture
from mtc_tf.packets.capture import untimed_warning
from mtc_tf.packets.frame_batch import FrameBatch
from mtc_tf.packets.pcap_frames import CaptureDamage


def by_records(content):
    """Reads a capture record by record.

    Returns:
        tuple of a list with a tuple for each frame, and the warnings; or the
        text of the `InputError`.
    """
    try:
        reader = open_frames(io.BytesIO(content), "name")
    except InputError as error:
        return str(error)
    records, warnings = [], []
    try:
        for record in reader:
            records.append(record)
    except CaptureDamage as damage:
        warnings += [frame_batches.damage_warning(damage, len(records))]
    warnings += untimed_warning(reader)
    return _rows([FrameBatch.from_list(records)]), warnings


def in_blocks(content, block=2**22, chunk=2048, singles=64):
    """As `by_records`, by `read_capture`.

    Args:
        content: bytes.
        block: int. Bytes of a block.
        chunk: int. Frames of a batch at most.
        singles: int. Records that are read one by one where a run stops.
    """
    warnings = []
    with (
        mock.patch.object(block_window, "BLOCK_BYTES", block),
        mock.patch.object(frame_batches, "CHUNK_FRAMES", chunk),
        mock.patch.object(frame_batches, "_FIRST_SINGLES", singles),
    ):
        try:
            batches = list(read_capture(io.BytesIO(content), "name", warnings))
        except InputError as error:
            return str(error)
    assert all(0 < len(batch) <= chunk for batch in batches)
    return _rows(batches), warnings


def _rows(batches):
    rows = []
    for batch in batches:
        numbers = range(batch.first_number, batch.first_number + len(batch))
        columns = (
            batch.timestamps,
            batch.microseconds,
            batch.lengths,
            batch.wire_lengths,
            batch.link_types,
        )
        lists = [column.tolist() for column in columns]
        rows += zip(numbers, batch.frames(), *lists, strict=True)
    return rows
