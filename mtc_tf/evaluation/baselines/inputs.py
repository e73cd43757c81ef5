"""What trees look at: the rows of a dataset as tables of numbers.

All functions take `rows`, what `part_rows.read_rows` gives, and return a
float32 array `(rows, columns)`.
"""

import numpy as np

from mtc_tf.features.header_fields import HEADER_FIELDS
from mtc_tf.features.header_fields import header_fields
from mtc_tf.features.packet_series import POSITION
from mtc_tf.features.packet_series import SERIES_BYTES

# The first bytes of a packet that a forest sees.
PACKET_BYTES = 100
_DO_NOT_FRAGMENT = 0x4000
# What tells flows apart that are alike otherwise.
_OF_ONE_FLOW = (
    "source_port",
    "destination_port",
    "higher_port",
    "seq",
    "ack",
    "ip_id",
)


def nothing(rows):
    """No column at all: `(rows, 0)`."""
    count = len(next(iter(rows.values())))
    return np.empty((count, 0), np.float32)


def header(rows):
    """The parsed header fields of packets, and their length on the wire."""
    return _table(header_columns(rows))


def header_without_identity(rows):
    """As `header`, without what differs between flows that are alike.

    The lower port stays; client ports, sequence numbers and IP id go.
    """
    columns = header_columns(rows)
    return _table({x: columns[x] for x in columns if x not in _OF_ONE_FLOW})


def lower_port(rows):
    """The lower port alone: `(packets, 1)`."""
    return _table({"lower_port": header_columns(rows)["lower_port"]})


def first_bytes(rows):
    """The first 100 bytes of packets as numbers."""
    return rows["packet"].astype(np.float32)


def network_inputs(rows):
    """The 18 header fields and 64 bytes that `MTCLite` sees."""
    packets = rows["packet"]
    return np.concatenate(
        [header_fields(packets), packets[:, :SERIES_BYTES]], axis=1
    ).astype(np.float32)


def series(rows):
    """All that a model of windows sees, and the header fields of each packet.

    The header fields, bytes, sizes, directions and gaps of all packets, and
    the position of the first; zeros where there is no packet.
    """
    windows = rows["series"]
    count, packets, _ = windows.shape
    packet_bytes = windows[..., :SERIES_BYTES].reshape(-1, SERIES_BYTES)
    fields = header_fields(packet_bytes.astype(np.uint8))
    return np.concatenate(
        [
            fields.reshape(count, -1),
            windows[..., :POSITION].reshape(count, -1),
            windows[:, 0, POSITION:],
        ],
        axis=1,
        dtype=np.float32,
    )


def features(rows):
    """The features of records."""
    return rows["features"]


def header_columns(rows):
    """Gives the header fields of packets by name.

    Returns:
        dict from the name of a field to array `(packets,)` of its values:
        those of `HEADER_FIELDS`, halves put together and `fragment` reduced
        to `df`, with `version`, `length` on the wire, and the direction `up`.
    """
    packets = rows["packet"]
    fields = dict(zip(HEADER_FIELDS, header_fields(packets).T, strict=True))
    halves = {
        name: fields.pop(f"{name}_high").astype(float) * 65_536
        + fields.pop(f"{name}_low")
        for name in ("seq", "ack")
    }
    return {
        "version": packets[:, 0] >> 4,
        "df": fields.pop("fragment") & _DO_NOT_FRAGMENT > 0,
        "length": rows["length"],
        # Choice: a client's port is the higher one, so this is "up".
        "up": fields["source_port"] > fields["destination_port"],
        **fields,
        **halves,
    }


def _table(columns):
    return np.stack(list(columns.values()), axis=1).astype(np.float32)
