"""What `mtc preprocess` has written, as arrays again."""

import json
import zipfile

import numpy as np
import pandas as pd

from mtc_tf.errors import InputError
from mtc_tf.errors import first_line
from mtc_tf.files.parquet_files import require_pyarrow
from mtc_tf.packets.byte_rows import PACKET_LENGTH
from mtc_tf.packets.byte_rows import read_bytes
from mtc_tf.packets.packet_table import METADATA_KEY

_PACKET = "packet"
_BLOCK_ROWS = 4096


def load_packets(path):
    """Loads a file of `mtc preprocess` into memory.

    Args:
        path: str or path. A `.parquet` or `.npz` file; which of them is told by
            its content.

    Returns:
        tuple `(packets, frame)`: a uint8 array of shape `(packets, 1500)`, and
        a `pandas.DataFrame` with the other columns, a row for each packet. Of
        an `.npz` file these are `capture`, `time`, `flow` and `length`. What
        became of all packets of the captures is, of a `.parquet` file,
        `frame.attrs["mtc_tf"]`, as `mtc preprocess --json` tells it.

    Raises:
        InputError: the file cannot be read, or is another one.
    """
    try:
        with open(path, "rb") as file:
            magic = file.read(4)
            file.seek(0)
            if magic == b"PAR1":
                return _load_table(file, path)
            if magic == b"PK\x03\x04":
                return _load_archive(file)
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    # PyArrow's errors are among them.
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{path} cannot be read: {first_line(error)}"
        ) from error
    raise InputError(
        f"{path}: expected a file that `mtc preprocess` wrote, received one "
        f"that begins with {magic.hex()}"
    )


def _load_table(file, path):
    pyarrow, parquet = require_pyarrow(str(path))
    table = parquet.ParquetFile(file)
    if _PACKET not in table.schema_arrow.names:
        raise InputError(
            f"{path}: expected a column {_PACKET}, received "
            f"{', '.join(table.schema_arrow.names)}"
        )
    others = [x for x in table.schema_arrow.names if x != _PACKET]
    # Ports that are missing would make numbers of the others.
    kinds = {pyarrow.uint16(): pd.UInt16Dtype()}
    frame = table.read(others).to_pandas(types_mapper=kinds.get)
    about = (table.metadata.metadata or {}).get(METADATA_KEY.encode())
    if about:
        frame.attrs[METADATA_KEY] = json.loads(about)
    packets = np.empty((table.metadata.num_rows, PACKET_LENGTH), np.uint8)
    first = 0
    for batch in table.iter_batches(_BLOCK_ROWS, columns=[_PACKET]):
        last = first + len(batch)
        packets[first:last] = _padded(batch.column(0))
        first = last
    return packets, frame


def _padded(column):
    """Rows of a binary column, filled up with zeros."""
    _, offsets, values = column.buffers()
    offsets = np.frombuffer(offsets, np.int32)
    offsets = offsets[column.offset :][: len(column) + 1].astype(np.int64)
    content = np.frombuffer(values, np.uint8)[: offsets[-1]]
    # So that a row can be read from the start of the last one.
    content = np.concatenate([content, np.zeros(PACKET_LENGTH, np.uint8)])
    return read_bytes(content, offsets[:-1], offsets[1:], PACKET_LENGTH)


def _load_archive(file):
    with np.load(file) as archive:
        captures = pd.Categorical.from_codes(
            archive["capture"], archive["captures"]
        )
        microseconds = np.round(archive["timestamps"] * 1e6)
        times = microseconds.astype("datetime64[us]")
        columns = {
            "capture": captures,
            "time": pd.DatetimeIndex(times, tz="UTC"),
            "flow": archive["flows"],
            "length": archive["lengths"],
        }
        return archive["packets"], pd.DataFrame(columns)
