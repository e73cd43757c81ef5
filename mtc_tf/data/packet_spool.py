"""Preprocessed packets that wait on disk."""

import dataclasses

import numpy as np

from mtc_tf.data.waiting_file import WaitingFile
from mtc_tf.packets.byte_rows import PACKET_LENGTH
from mtc_tf.packets.byte_rows import join_rows
from mtc_tf.packets.byte_rows import read_bytes
from mtc_tf.packets.byte_rows import row_lengths

# What a block holds of each packet, before the bytes of all of them.
_COLUMNS = np.dtype(
    [
        ("timestamp", "<f8"),
        ("length", "<i4"),
        ("size", "<u2"),
        ("from_upper", "?"),
    ]
)
# What sizes are rounded up to.
_WORD_BYTES = 4


@dataclasses.dataclass(frozen=True)
class Block:
    """Where the packets of one batch lie.

    Args:
        offset: int. Where it begins, in bytes.
        nbytes: int. How long it is.
        packets: int. How many packets it holds.
    """

    offset: int
    nbytes: int
    packets: int


@dataclasses.dataclass(frozen=True)
class StoredPackets:
    """Some packets of one block; arrays with an entry for each packet.

    Args:
        content: bytes. The packets and `PACKET_LENGTH` bytes more.
        starts: int64 array. Where each packet begins in `content`.
        ends: int64 array. Where it ends, without the zeros that fill up its
            row.
        timestamps: float64 array. Seconds since 1970.
        lengths: int32 array. Bytes on the wire, link header included.
        from_upper: bool array. Which of the two directions of its flow a
            packet goes, as of `PacketBatch`.
    """

    content: bytes
    starts: np.ndarray
    ends: np.ndarray
    timestamps: np.ndarray
    lengths: np.ndarray
    from_upper: np.ndarray

    @property
    def packets(self):
        """uint8 array of shape `(packets, 1500)`."""
        content = np.frombuffer(self.content, np.uint8)
        return read_bytes(content, self.starts, self.ends, PACKET_LENGTH)

    @property
    def own_bytes(self):
        """List of bytes, the packets without the zeros behind them."""
        places = zip(self.starts.tolist(), self.ends.tolist(), strict=True)
        return [self.content[start:end] for start, end in places]


class PacketSpool:
    """Packets in a file, in a block for each batch.

    A packet takes 15 bytes and its own, without the zeros that fill up its
    row: about what it takes in an uncompressed capture. They are added within
    a `with` statement, and read behind it, also by other processes.

    Args:
        path: `pathlib.Path` or `epath.Path` of the file, which is not there
            yet.
    """

    def __init__(self, path):
        self._file = WaitingFile(path, "packets")

    def __enter__(self):
        self._file.__enter__()
        return self

    def __exit__(self, *error):
        self._file.__exit__(*error)

    @property
    def path(self):
        """Path of the file, as given."""
        return self._file.path

    @property
    def seal(self):
        """List, as of `WaitingFile`."""
        return self._file.seal

    def add(self, batch):
        """Stores the packets of a batch.

        Args:
            batch: `PacketBatch`.

        Returns:
            tuple `(block, sizes)`: a `Block`, and a uint16 array of what each
            packet takes of it for its bytes.

        Raises:
            InputError: if they cannot be written.
        """
        lengths = row_lengths(batch.packets, batch.row_lengths)
        # Whole words, as in the datasets that were built before.
        sizes = -(-lengths // _WORD_BYTES) * _WORD_BYTES
        packets, _ = join_rows(batch.packets, sizes)
        columns = np.empty(len(batch), _COLUMNS)
        columns["timestamp"] = batch.timestamps
        columns["length"] = batch.lengths
        columns["size"] = sizes
        columns["from_upper"] = batch.from_upper
        content = columns.tobytes() + packets.tobytes()
        block = Block(self._file.add(content), len(content), len(batch))
        return block, sizes.astype(np.uint16)

    def read(self, block, rows):
        """Reads some packets of a block.

        Args:
            block: `Block`, as `add` returned it.
            rows: int array. Which of its packets.

        Returns:
            `StoredPackets`.
        """
        with self.path.open("rb") as file:
            file.seek(block.offset)
            # Behind the last packet there is room for a row, as `read_bytes`
            # wants it.
            content = file.read(block.nbytes) + bytes(PACKET_LENGTH)
        columns = np.frombuffer(content, _COLUMNS, block.packets)
        ends = columns.nbytes + columns["size"].cumsum(dtype=np.int64)
        starts = ends - columns["size"]
        return StoredPackets(
            content,
            starts[rows],
            ends[rows],
            columns["timestamp"][rows],
            columns["length"][rows],
            columns["from_upper"][rows],
        )

    def remove(self):
        """Removes the file, if it is there."""
        self.path.unlink(missing_ok=True)
