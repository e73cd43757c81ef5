"""A chunk of captured frames."""

import dataclasses

import numpy as np

from mtc_tf.packets.byte_rows import PACKET_LENGTH
from mtc_tf.packets.frame_times import frame_times

# Room around the frames, so that a window which begins a little before the
# first frame or ends behind the last one still lies inside the buffer. Before:
# the longest kept headers, 40 + 20 bytes. Behind: a whole row, and the longest
# link header of a frame that is cut off.
ROOM_BEFORE = 64
ROOM_BEHIND = PACKET_LENGTH + 64


@dataclasses.dataclass(frozen=True)
class FrameBatch:
    """Captured frames, as they lie in the capture.

    Args:
        data: uint8 array. The bytes of all frames, one behind the other or as
            they lie in the file, with room before and behind.
        starts: int64 array of shape `(frames,)`. Where each frame begins in
            `data`.
        lengths: int64 array. Captured bytes of each frame.
        wire_lengths: int32 array. Bytes of each frame on the wire.
        timestamps: float64 array. Seconds since 1970.
        microseconds: int64 array. The same times; seconds as floats are too
            coarse to be rounded once more.
        link_types: int64 array. The DLT of each frame.
        first_number: int. Position of the first frame in the capture.
    """

    data: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray
    wire_lengths: np.ndarray
    timestamps: np.ndarray
    microseconds: np.ndarray
    link_types: np.ndarray
    first_number: int

    def __len__(self):
        return len(self.starts)

    @classmethod
    def from_list(cls, records, first_number=0):
        """Joins records into one batch.

        Args:
            records: list of tuples, as of `PcapFrames`. May be empty.
            first_number: int. Position of the first frame in the capture.

        Returns:
            `FrameBatch`.
        """
        columns = zip(*records, strict=True) if records else [()] * 4
        return cls.from_records(*columns, first_number=first_number)

    def frames(self):
        """Returns the captured frames, a list of bytes."""
        content = self.data.tobytes()
        ends = (self.starts + self.lengths).tolist()
        return [
            content[start:end]
            for start, end in zip(self.starts.tolist(), ends, strict=True)
        ]

    @classmethod
    def from_records(
        cls, frames, ticks, wire_lengths, interfaces, first_number=0
    ):
        """Joins the records of a capture into one batch.

        Args:
            frames: list of bytes.
            ticks: list of int. The times since 1970.
            wire_lengths: list of int. Below 2**32.
            interfaces: list of tuples of int: link type, and ticks a second.
            first_number: int. Position of the first frame in the capture.

        Returns:
            `FrameBatch`.
        """
        lengths = np.fromiter(map(len, frames), np.int64, len(frames))
        data = b"".join((bytes(ROOM_BEFORE), *frames, bytes(ROOM_BEHIND)))
        link_types, resolutions = _link_types_and_resolutions(interfaces)
        timestamps, microseconds = frame_times(ticks, resolutions)
        return cls(
            data=np.frombuffer(data, np.uint8),
            starts=ROOM_BEFORE + np.cumsum(lengths) - lengths,
            lengths=lengths,
            wire_lengths=as_wire_lengths(wire_lengths),
            timestamps=timestamps,
            microseconds=microseconds,
            link_types=link_types,
            first_number=first_number,
        )


def as_wire_lengths(numbers):
    """Returns lengths below 2**32 as int32; only damage uses the highest bit.

    Args:
        numbers: list of int, or array.
    """
    return np.minimum(numbers, np.iinfo(np.int32).max).astype(np.int32)


def _link_types_and_resolutions(interfaces):
    """An array, and a list: nearly all chunks come from one interface."""
    if interfaces and interfaces.count(interfaces[0]) == len(interfaces):
        link_type, resolution = interfaces[0]
        link_types = np.full(len(interfaces), link_type, np.int64)
        return link_types, [resolution] * len(interfaces)
    link_types = [link_type for link_type, _ in interfaces]
    resolutions = [resolution for _, resolution in interfaces]
    return np.array(link_types, np.int64), resolutions
