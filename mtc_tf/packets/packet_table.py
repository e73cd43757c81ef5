"""Preprocessed packets as a Parquet file, written in bounded memory."""

import dataclasses
import functools
import json

import numpy as np

from mtc_tf.files.arrow_columns import bytes_column
from mtc_tf.files.arrow_columns import number_column
from mtc_tf.files.arrow_columns import text_column
from mtc_tf.files.atomic import replacing
from mtc_tf.files.parquet_files import require_pyarrow
from mtc_tf.packets.byte_rows import join_rows
from mtc_tf.packets.byte_rows import membership
from mtc_tf.packets.byte_rows import row_lengths
from mtc_tf.packets.five_tuples import PROTOCOLS
from mtc_tf.packets.five_tuples import address_text
from mtc_tf.packets.five_tuples import protocol_name
from mtc_tf.packets.frame_times import within_calendar

# Of the file's metadata: what is told of the captures, as JSON.
METADATA_KEY = "mtc_tf"
# Rows of a row group, which wait in memory: some 6 MB, and room to write them.
_GROUP_ROWS = 8192
# Addresses whose texts are kept: a scan has millions.
_MOST_ADDRESSES = 2**16
_HAS_PORTS = membership(PROTOCOLS, 256)
# Where in 16 bytes an address of each version of IP begins.
_ADDRESS_AT = {4: 12, 6: 0}


def write_packet_table(batches, output, captures, about):
    """Writes packets as rows of a table, row group by row group.

    The columns are `capture`, `number` (the packet's position in the capture,
    from 0), `time`, `source`, `source_port`, `destination`,
    `destination_port`, `protocol`, `flow`, `length` (bytes on the wire) and
    `packet`, without the zeros at its end. Ports are null but for TCP and UDP.
    The output appears under its name when it is whole, or not at all.

    Args:
        batches: iterable of tuples of the position of the capture in
            `captures`, and a `PacketBatch`.
        output: `pathlib.Path`. A file of that name is replaced.
        captures: list of str. The names of the captures.
        about: callable without arguments -> dict that `json` can write. Asked
            when all batches are drawn; stands in the metadata under `mtc_tf`.

    Raises:
        InputError: the output cannot be written, or PyArrow is missing.
    """
    pyarrow, parquet = require_pyarrow(f"a file {output.suffix}")
    schema = _schema(pyarrow)
    with replacing(output) as temporary, temporary.open("xb") as file:
        writer = parquet.ParquetWriter(
            file,
            schema,
            # What is encrypted has no order and gets no smaller.
            write_statistics=[x for x in schema.names if x != "packet"],
            use_dictionary=["capture", "source", "destination", "protocol"],
            compression={x: "snappy" for x in schema.names if x != "packet"},
        )
        try:
            for group in _groups(pyarrow, batches):
                columns = _columns(pyarrow, schema, captures, *group)
                writer.write_table(pyarrow.table(columns, schema))
            writer.add_key_value_metadata({METADATA_KEY: json.dumps(about())})
            writer.close()
        finally:
            # What was not closed would write, when it is collected, to a file
            # that is not there any more.
            writer.is_open = False


def _schema(pyarrow):
    text = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
    return pyarrow.schema(
        [
            ("capture", text),
            ("number", pyarrow.int64()),
            ("time", pyarrow.timestamp("us", tz="UTC")),
            ("source", text),
            ("source_port", pyarrow.uint16()),
            ("destination", text),
            ("destination_port", pyarrow.uint16()),
            ("protocol", text),
            ("flow", pyarrow.int64()),
            ("length", pyarrow.int32()),
            ("packet", pyarrow.binary()),
        ]
    )


def _groups(pyarrow, batches):
    """Yields what makes up row groups.

    Each is a tuple of lists: positions of captures, batches without their
    packets, and these as columns.
    """
    group, rows = ([], [], []), 0
    for index, batch in batches:
        packets = _without_padding(pyarrow, batch.packets, batch.row_lengths)
        others = dataclasses.replace(batch, packets=None)
        for part, value in zip(group, (index, others, packets), strict=True):
            part.append(value)
        rows += len(packets)
        if rows >= _GROUP_ROWS:
            yield group
            group, rows = ([], [], []), 0
    if rows:
        yield group


def _without_padding(pyarrow, packets, most):
    lengths = row_lengths(packets, most)
    content, places = join_rows(packets, lengths)
    return bytes_column(pyarrow, pyarrow.binary(), content, places)


def _columns(pyarrow, schema, captures, indices, batches, packets):
    """The columns of a row group, in their order."""

    def joined(name):
        return np.concatenate([getattr(batch, name) for batch in batches])

    def numbers(name, values, is_valid=None):
        return number_column(pyarrow, schema.field(name).type, values, is_valid)

    def texts(values, name):
        different, codes = _numbered(values)
        return text_column(pyarrow, codes, list(map(name, different.tolist())))

    protocols, versions = joined("protocols"), joined("ip_versions")
    has_ports = _HAS_PORTS[protocols]
    sizes = list(map(len, packets))
    sources, destinations = (
        text_column(pyarrow, *_address_texts(joined(name), versions))
        for name in ("source_addresses", "destination_addresses")
    )
    return [
        texts(np.repeat(indices, sizes), captures.__getitem__),
        numbers("number", joined("numbers")),
        numbers("time", within_calendar(joined("microseconds"))),
        sources,
        numbers("source_port", joined("source_ports"), has_ports),
        destinations,
        numbers("destination_port", joined("destination_ports"), has_ports),
        texts(protocols, protocol_name),
        numbers("flow", joined("flows")),
        numbers("length", joined("lengths")),
        pyarrow.chunked_array(packets),
    ]


def _address_texts(addresses, versions):
    """Numbers addresses; returns the numbers, and the text of each."""
    codes, texts = np.zeros(len(addresses), np.int32), []
    for version, start in _ADDRESS_AT.items():
        rows = np.flatnonzero(versions == version)
        own = np.ascontiguousarray(addresses[rows, start:])
        # Numbers are sorted several times faster than bytes.
        kind = np.uint32 if version == 4 else np.dtype("V16")
        different, numbers = _numbered(own.view(kind)[:, 0])
        codes[rows] = len(texts) + numbers
        content = different.tobytes()
        size = different.itemsize
        texts += [
            _address_text(content[at : at + size], version)
            for at in range(0, len(content), size)
        ]
    return codes, texts


def _numbered(values):
    """The different values, and for each its position among them.

    `np.unique` does the same, and imports `numpy.ma` for it.
    """
    order = values.argsort(kind="stable")
    ordered = values[order]
    is_first = np.append(True, ordered[1:] != ordered[:-1])[: len(values)]
    numbers = np.empty(len(values), np.int32)
    numbers[order] = np.cumsum(is_first) - 1
    return ordered[is_first], numbers


@functools.lru_cache(_MOST_ADDRESSES)
def _address_text(content, version):
    address = np.frombuffer(content.rjust(16, b"\0"), np.uint8)
    return address_text(address, version)
