"""Plain records of a capture that follow one another in a block."""

import dataclasses

import numpy as np

from mtc_tf.packets.frame_batch import ROOM_BEFORE
from mtc_tf.packets.frame_batch import ROOM_BEHIND
from mtc_tf.packets.frame_batch import FrameBatch
from mtc_tf.packets.frame_batch import as_wire_lengths


@dataclasses.dataclass(frozen=True)
class FrameRun:
    """Frames that a `BlockWindow` holds whole; arrays with an entry for each.

    Args:
        starts: int64 array. Where each frame begins in the block.
        lengths: int64 array. Captured bytes.
        wire_lengths: uint32 array.
        timestamps: float64 array.
        microseconds: int64 array.
        link_types: int64 array.
        end: int. Where the record behind them begins.
        is_stopped: bool. Whether that record is one for the reader of single
            records; else it is not whole in the block, or one too many.
    """

    starts: np.ndarray
    lengths: np.ndarray
    wire_lengths: np.ndarray
    timestamps: np.ndarray
    microseconds: np.ndarray
    link_types: np.ndarray
    end: int
    is_stopped: bool

    def __len__(self):
        return len(self.starts)

    def batch(self, data, first_number):
        """Makes a batch of them, whose bytes are those of the block.

        Args:
            data: uint8 array, the block.
            first_number: int. Position of the first frame in the capture.

        Returns:
            `FrameBatch`.
        """
        first = int(self.starts[0]) - ROOM_BEFORE
        last = int(self.starts[-1] + self.lengths[-1]) + ROOM_BEHIND
        own = data[first:last]
        own.flags.writeable = False
        return FrameBatch(
            data=own,
            starts=self.starts - first,
            lengths=self.lengths,
            wire_lengths=as_wire_lengths(self.wire_lengths),
            timestamps=self.timestamps,
            microseconds=self.microseconds,
            link_types=self.link_types,
            first_number=first_number,
        )


def leading(are_plain):
    """Counts the records before the first one that is not plain.

    Args:
        are_plain: bool array of shape `(records,)`.

    Returns:
        int.
    """
    return len(are_plain) if are_plain.all() else int(are_plain.argmin())
