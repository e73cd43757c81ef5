"""The file that `mtc preprocess` writes, by its suffix."""

import numpy as np

from mtc_tf.errors import InputError
from mtc_tf.files.parquet_files import require_pyarrow
from mtc_tf.packets.packet_table import write_packet_table

TABLE, ARCHIVE = ".parquet", ".npz"


def check_suffix(output):
    """Refuses a file of a kind that is not written.

    Args:
        output: `pathlib.Path`.

    Raises:
        InputError: if it is one, or needs PyArrow, which is missing.
    """
    if output.suffix == TABLE:
        require_pyarrow(f"--output={output.name}")
    elif output.suffix != ARCHIVE:
        raise InputError(
            f"--output must end in {TABLE} or {ARCHIVE}, received {output}"
        )


def write_packets(batches, output, captures, about):
    """Writes packets to a table, or to an archive of padded rows.

    Args:
        batches: as of `write_packet_table`.
        output: `pathlib.Path`, as of `check_suffix`.
        captures: as of `write_packet_table`.
        about: as of `write_packet_table`. An archive does not hold it.

    Raises:
        InputError: the output cannot be written.
    """
    if output.suffix == TABLE:
        write_packet_table(batches, output, captures, about)
    else:
        from mtc_tf.packets.archive import write_archive

        write_archive(_columns(batches, captures), output)


def _columns(batches, captures):
    """Yields the columns of an archive, batch by batch."""
    for index, batch in batches:
        yield {
            "packets": batch.packets,
            "timestamps": batch.timestamps,
            "lengths": batch.lengths,
            "flows": batch.flows,
            "capture": np.full(len(batch), index, np.int32),
        }
    yield {"captures": np.array(captures)}
