"""Classified packets, flows and records as a Parquet file."""

from mtc_tf.files.parquet_files import require_pyarrow
from mtc_tf.printable import as_unicode

# Rows of a row group: what waits in memory, and is read at once.
_GROUP_ROWS = 16_384
_NUMBERS = ("packet", "packets", "line")


def write_parquet(blocks, file):
    """Writes rows as Parquet, group by group while they come.

    The file can be read when the last block has been written. Columns are those
    of the other formats: `time` in microseconds of UTC, ports of 16 bits, other
    numbers of 64.

    Args:
        blocks: iterable of lists of dicts, all with the same keys.
        file: binary file.

    Raises:
        InputError: if PyArrow is not installed.
    """
    pyarrow, parquet = require_pyarrow("--format=parquet")
    writer, rows = None, []
    try:
        for block in blocks:
            if writer is None:
                schema = _schema(pyarrow, block[0])
                writer = parquet.ParquetWriter(file, schema)
            rows += block
            if len(rows) >= _GROUP_ROWS:
                _write(writer, rows)
                rows = []
    finally:
        # Also where the blocks end in an error: they came before it.
        if writer is not None:
            _write(writer, rows)
            writer.close()


def _schema(pyarrow, row):
    return pyarrow.schema([(key, _type(pyarrow, key)) for key in row])


def _type(pyarrow, key):
    if key == "time":
        return pyarrow.timestamp("us", tz="UTC")
    if key.endswith("_port"):
        return pyarrow.uint16()
    if key.endswith("_probability"):
        return pyarrow.float64()
    return pyarrow.int64() if key in _NUMBERS else pyarrow.string()


def _write(writer, rows):
    import pyarrow

    columns = [
        pyarrow.array([_value(row[field.name]) for row in rows]).cast(
            field.type
        )
        for field in writer.schema
    ]
    writer.write_table(pyarrow.table(columns, schema=writer.schema))


def _value(value):
    return as_unicode(value) if isinstance(value, str) else value
