"""Preprocessed packets that wait on disk."""

import contextlib
import dataclasses
import tempfile

import numpy as np

from mtc_tf.errors import InputError
from mtc_tf.packets.byte_rows import PACKET_LENGTH
from mtc_tf.packets.byte_rows import read_bytes

# What a block holds of each packet, before the bytes of all of them.
_COLUMNS = np.dtype(
    [
        ("timestamp", "<f8"),
        ("length", "<i4"),
        ("size", "<u2"),
        ("from_upper", "?"),
    ]
)


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
        packets: uint8 array of shape `(packets, 1500)`.
        timestamps: float64 array. Seconds since 1970.
        lengths: int32 array. Bytes on the wire, link header included.
        from_upper: bool array. Which of the two directions of its flow a
            packet goes, as of `PacketBatch`.
    """

    packets: np.ndarray
    timestamps: np.ndarray
    lengths: np.ndarray
    from_upper: np.ndarray


class PacketSpool:
    """Packets in a temporary file, in a block for each batch.

    A packet takes 15 bytes and its own, without the zeros that fill up its
    row: about what it takes in an uncompressed capture. The file has no name:
    however the process ends, its room is free again.

    Args:
        folder: path of the folder on whose disk it lies; None for the
            system's folder of temporary files.

    Raises:
        InputError: if there can be no file.
    """

    def __init__(self, folder=None):
        self._folder = str(folder or tempfile.gettempdir())
        with self._reporting():
            # Without a buffer: when a write fails, nothing is left to write.
            self._file = tempfile.TemporaryFile(buffering=0, dir=self._folder)
        self._end = 0

    def add(self, batch):
        """Stores the packets of a batch.

        Args:
            batch: `PacketBatch`.

        Returns:
            `Block`.

        Raises:
            InputError: if they cannot be written.
        """
        # Up to the last word that is not 0; words are quicker than bytes.
        words = batch.packets.view(np.uint32)
        is_used = words[:, ::-1] != 0
        sizes = PACKET_LENGTH - words.itemsize * is_used.argmax(axis=1)
        columns = np.empty(len(batch), _COLUMNS)
        columns["timestamp"] = batch.timestamps
        columns["length"] = batch.lengths
        columns["size"] = sizes
        columns["from_upper"] = batch.from_upper
        own = [
            row[:size]
            for row, size in zip(batch.packets, sizes.tolist(), strict=True)
        ]
        content = b"".join([columns.tobytes(), *own])
        block = Block(self._end, len(content), len(batch))
        self._end += block.nbytes
        with self._reporting():
            self._file.seek(block.offset)
            left = memoryview(content)
            while left:  # one write may take less than all
                left = left[self._file.write(left) :]
        return block

    def read(self, block, rows):
        """Reads some packets of a block.

        Args:
            block: `Block`, as `add` returned it.
            rows: int array. Which of its packets.

        Returns:
            `StoredPackets`.
        """
        # Behind the last packet there is room for a row, as `read_bytes`
        # wants it.
        content = np.zeros(block.nbytes + PACKET_LENGTH, np.uint8)
        self._file.seek(block.offset)
        self._file.readinto(content[: block.nbytes])
        columns = np.frombuffer(content, _COLUMNS, block.packets)
        ends = columns.nbytes + columns["size"].cumsum(dtype=np.int64)
        starts = ends - columns["size"]
        return StoredPackets(
            read_bytes(content, starts[rows], ends[rows], PACKET_LENGTH),
            columns["timestamp"][rows],
            columns["length"][rows],
            columns["from_upper"][rows],
        )

    @contextlib.contextmanager
    def _reporting(self):
        try:
            yield
        except OSError as error:
            raise InputError(
                f"{self._folder}: no room for the packets to wait in: "
                f"{error.strerror}"
            ) from error
