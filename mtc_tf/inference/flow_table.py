"""The flows that packets belong to, in slots of a table."""

import dataclasses

import numpy as np

# Flows that there is room for at first, and room that is added.
_BLOCK = 4096
_FLOW = np.dtype([("begun", "<i8")])


@dataclasses.dataclass(frozen=True)
class SeenPackets:
    """Where the packets of a batch belong.

    Args:
        slots: int64 array of shape `(packets,)`. The slot of each packet's
            flow.
        begun: int64 array. Slots of the flows that begin in the batch.
        firsts: int64 array. Which packet each of them begins with.
    """

    slots: np.ndarray
    begun: np.ndarray
    firsts: np.ndarray


class FlowTable:
    """Gives each flow a slot, a number from 0 that names what is kept of it."""

    def __init__(self):
        self._slots = {}
        self._flows = np.zeros(0, _FLOW)
        self._packets = 0

    def add(self, batch):
        """Finds the flows of packets, or begins them.

        Args:
            batch: `PacketBatch`.

        Returns:
            `SeenPackets`.
        """
        ids, firsts, places = np.unique(
            batch.flows, return_index=True, return_inverse=True
        )
        get = self._slots.get
        own = np.array([get(flow, -1) for flow in ids.tolist()], np.int64)
        is_new = own < 0
        begun = self._take(np.count_nonzero(is_new))
        own[is_new] = begun
        self._slots.update(
            zip(ids[is_new].tolist(), begun.tolist(), strict=True)
        )
        self._flows["begun"][begun] = self._packets + firsts[is_new]
        self._packets += len(batch)
        return SeenPackets(own[places], begun, firsts[is_new])

    def rest(self):
        """Returns the slots of all flows, in the order of first packets."""
        slots = np.fromiter(self._slots.values(), np.int64, len(self._slots))
        return slots[np.argsort(self._flows["begun"][slots])]

    def _take(self, count):
        """Slots for so many new flows."""
        used = len(self._slots)
        missing = used + count - len(self._flows)
        if missing > 0:
            # In place: no moment needs room for two copies.
            self._flows.resize(
                len(self._flows) + missing + _BLOCK, refcheck=False
            )
        return np.arange(used, used + count)
