"""What time it is in a capture, also while no packet comes."""

import time


class CaptureClock:
    """Goes by the times of frames, and between them by the time that passes.

    Attributes:
        now: float. Seconds since 1970; before the first frame there are none.
    """

    def __init__(self):
        self.now = float("-inf")
        self._last = self.now
        self._since = time.monotonic()

    def watch(self, batches):
        """Sets the clock by frames that are handed on.

        Args:
            batches: iterable of `FrameBatch`; an empty one says that nothing
                has come.

        Yields:
            the batches.
        """
        for frames in batches:
            if len(frames):
                # The last one, not the latest: a damaged time does not stay.
                self.now = self._last = float(frames.timestamps[-1])
                self._since = time.monotonic()
            else:
                self.now = self._last + time.monotonic() - self._since
            yield frames
