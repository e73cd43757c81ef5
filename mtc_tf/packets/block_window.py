"""A file as blocks in memory, in which frames lie as they do in the file."""

import numpy as np

from mtc_tf.packets.frame_batch import ROOM_BEFORE
from mtc_tf.packets.frame_batch import ROOM_BEHIND

# Several chunks of frames, and sixteen of the largest frames.
BLOCK_BYTES = 4 * 1024 * 1024


class BlockWindow:
    """Reads a file ahead, block by block.

    A block is never written to again once its bytes were given out, so that
    what is made of it stays as it is. An error of the file is raised when the
    bytes before it are used up.

    Args:
        raw: `io.RawIOBase`, as of `raw_content`.

    Attributes:
        data: uint8 array, the block, with room before and behind its bytes.
        start: int. Where the bytes that come next begin in `data`.
        end: int. Where they end.
    """

    def __init__(self, raw):
        self._raw = raw
        self._error = None
        self._is_ended = False
        self.data = np.empty(0, np.uint8)
        self.start = self.end = 0

    def read(self, size):
        """Reads as a file does.

        Args:
            size: int. How many bytes.

        Returns:
            bytes, fewer only at the end of the file.
        """
        if self.end - self.start < size:
            self.advance(size)
        begin, self.start = self.start, min(self.start + size, self.end)
        if self._error and self.start - begin < size:
            raise self._error
        return self.data[begin : self.start].tobytes()

    def advance(self, least=0):
        """Goes on to a new block, which begins with what is left of this one.

        Args:
            least: int. Bytes that it must have room for.
        """
        rest = self.data[self.start : self.end]
        room = max(least, BLOCK_BYTES)
        self.data = np.empty(ROOM_BEFORE + room + ROOM_BEHIND, np.uint8)
        self.start, self.end = ROOM_BEFORE, ROOM_BEFORE + len(rest)
        self.data[self.start : self.end] = rest
        self._fill(memoryview(self.data)[: ROOM_BEFORE + room])

    def _fill(self, room):
        while self.end < len(room) and not self._is_ended:
            try:
                count = self._raw.readinto(room[self.end :])
            except Exception as error:  # is raised where it is come to
                self._error, count = error, 0
            self._is_ended = not count
            self.end += count or 0
