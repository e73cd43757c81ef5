"""Ctrl-C, and `kill`, as the end of what a command reads."""

import os
import signal

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_LINE = b"mtc: interrupted\n"


class Interruption:
    """Lets a command end with what it has when it is told to end.

    In its `with` statement the first signal is noted, and the second one ends
    the process at once. A signal that is ignored, as in a program that was
    started in the background, stays so.

    Attributes:
        number: int. The signal that came, 0 if none has.
    """

    def __init__(self):
        self.number = 0
        self._before = {}

    def __enter__(self):
        for number in _SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *error):
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @property
    def exit_code(self):
        """int. What shells say of a process that the signal has ended."""
        return 128 + self.number

    def has_come(self):
        """Returns bool, whether a signal has come."""
        return self.number != 0

    def until(self, batches):
        """Ends an iterable when a signal has come.

        Args:
            batches: iterable that gives something again and again, also while
                nothing happens.

        Yields:
            what it gives.
        """
        for batch in batches:
            yield batch
            if self.has_come():
                return

    def _note(self, number, frame):
        if self.has_come():
            # Nothing is cleaned up; the rows so far have been written.
            os.write(2, _LINE)
            os._exit(self.exit_code)
        self.number = number
