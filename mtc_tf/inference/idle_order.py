"""Which flows were idle longest."""

import numpy as np

# Slots that there is room for at first, and room that is added.
_BLOCK = 4096
# What no slot was seen at that holds a flow.
_NEVER = np.iinfo(np.int64).max
# A search goes over all slots; it finds this part of them for later ones.
_SHARE = 16


class IdleOrder:
    """Finds the slots that were not seen for longest, exactly.

    Slots that one search has found wait in a queue. Those seen since are passed
    over: none outside of the queue can have been idle longer than the rest.
    """

    def __init__(self):
        self._last = np.zeros(0, np.int64)
        self._queue = np.zeros(0, np.int64)
        # When they were seen, as of the search.
        self._queued_at = self._queue

    def see(self, slots, numbers):
        """Notes that slots were seen.

        Args:
            slots: int array of shape `(slots,)`, none twice.
            numbers: int array of shape `(slots,)`. When; each higher than all
                of calls before.
        """
        missing = int(slots.max(initial=-1)) + 1 - len(self._last)
        if missing > 0:
            used = len(self._last)
            # In place: no moment needs room for two copies.
            self._last.resize(used + missing + _BLOCK, refcheck=False)
            self._last[used:] = _NEVER
        self._last[slots] = numbers

    def forget(self, slots):
        """Leaves slots out of the order until they are seen again."""
        self._last[slots] = _NEVER

    def take(self, count):
        """Returns so many slots, those idle longest first, and forgets them.

        Args:
            count: int. There must be as many; none for 0 and below.

        Returns:
            int64 array.
        """
        taken = [np.zeros(0, np.int64)]
        while count > 0:
            is_idle = self._last[self._queue] == self._queued_at
            places = np.flatnonzero(is_idle)[:count]
            if not len(places):
                self._search(count)
                continue
            taken.append(self._queue[places])
            self.forget(taken[-1])
            count -= len(places)
            rest = slice(places[-1] + 1, None)
            self._queue = self._queue[rest]
            self._queued_at = self._queued_at[rest]
        return np.concatenate(taken)

    def _search(self, count):
        held = np.count_nonzero(self._last != _NEVER)
        found = min(held, max(count, held // _SHARE))
        slots = np.argpartition(self._last, found - 1)[:found]
        self._queue = slots[np.argsort(self._last[slots])]
        self._queued_at = self._last[self._queue]
