"""The flows that packets belong to, in slots of a table of bounded size."""

import numpy as np

from mtc_tf.inference.idle_order import IdleOrder
from mtc_tf.inference.seen_packets import SeenPackets

# Flows that there is room for at first, and room that is added.
_BLOCK = 4096
_FREE, _OPEN, _ANSWERED = range(3)
_FLOW = np.dtype(
    [
        ("id", "<i8"),
        ("state", "u1"),
        ("packets", "<i8"),
        # Which packet of all was its first one.
        ("begun", "<i8"),
        ("first_time", "<f8"),
        ("last_time", "<f8"),
    ]
)


class FlowTable:
    """Gives each flow a slot, a number from 0 that names what is kept of it.

    A flow that was answered by its limits is remembered, and its later packets
    are not counted, until no packet of it has come for `timeout` seconds: what
    comes then is a new flow, with a slot of its own.

    Memory takes some 170 bytes for each flow that is held. They are counted at
    the end of a batch: within it there may be more.

    Args:
        limits: `FlowLimits`.
    """

    def __init__(self, limits):
        self._limits = limits
        self._slots = {}
        self._flows = np.zeros(0, _FLOW)
        self._idle = IdleOrder()
        self._free = np.zeros(0, np.int64)
        # What the last batch has touched, and what is given up behind it.
        self._touched = self._leaving = self._free
        self._packets = 0

    def add(self, batch):
        """Finds the flows of packets, or begins them.

        Slots of flows that `due` has given up are used anew.

        Args:
            batch: `PacketBatch`.

        Returns:
            `SeenPackets`.
        """
        self._clear()
        order = np.argsort(batch.flows, kind="stable")
        ids, times = batch.flows[order], batch.timestamps[order]
        is_first = np.append(True, ids[1:] != ids[:-1])[: len(ids)]
        own = self._look_up(ids[is_first])
        begins = self._begins(times, np.flatnonzero(is_first), own)
        # Packets of a flow between two of its beginnings are a run.
        runs = np.flatnonzero(begins | is_first)
        lengths = np.diff(np.append(runs, len(ids)))
        slots = own[np.cumsum(is_first)[runs] - 1]
        is_new = begins[runs]
        slots[is_new] = self._take(np.count_nonzero(is_new))
        news = runs[is_new]
        self._begin(slots[is_new], ids[news], times[news], order[news])
        positions = np.arange(len(ids)) - np.repeat(runs, lengths)
        of_packets = np.repeat(slots, lengths)
        is_counted = self._is_counted(of_packets, positions, times)
        lasts = runs + lengths - 1
        self._flows["packets"][slots] += lengths
        self._flows["last_time"][slots] = times[lasts]
        self._idle.see(slots, self._packets + order[lasts])
        self._replace(own, slots, is_first[runs])
        self._packets += len(ids)
        places = np.empty_like(order)
        places[order] = np.arange(len(order))
        return SeenPackets(
            of_packets[places], is_counted[places], slots[is_new], order[news]
        )

    def due(self, now):
        """Gives the flows whose answers must not wait any longer.

        Args:
            now: float. What time it is in the capture, in seconds since 1970.

        Returns:
            int64 array of slots, in the order of first packets. Each is given
            once, by this or by `rest`, and keeps what belongs to it until the
            next `add`.
        """
        evicted = self._idle.take(len(self._slots) - self._limits.flows)
        for flow in self._flows["id"][evicted].tolist():
            del self._slots[flow]
        self._leaving = np.concatenate([self._leaving, evicted])
        due = [self._leaving]
        if self._limits.packets is not None:
            packets = self._flows["packets"][self._touched]
            due.append(self._touched[packets >= self._limits.packets])
        if self._limits.timeout is not None:
            ends = self._flows["first_time"] + self._limits.timeout
            is_open = self._flows["state"] == _OPEN
            due.append(np.flatnonzero(is_open & (ends <= now)))
        return self._answer(np.unique(np.concatenate(due)))

    def rest(self):
        """Gives all other flows, as `due` does."""
        return self._answer(np.arange(len(self._flows)))

    def _answer(self, slots):
        slots = slots[self._flows["state"][slots] == _OPEN]
        self._flows["state"][slots] = _ANSWERED
        return slots[np.argsort(self._flows["begun"][slots])]

    def _look_up(self, ids):
        """The slots of flows, -1 of those that have none."""
        get = self._slots.get
        return np.array([get(flow, -1) for flow in ids.tolist()], np.int64)

    def _begins(self, times, firsts, own):
        """Which packets, in the order of flows, begin one."""
        begins = np.zeros(len(times), bool)
        begins[firsts] = own < 0
        if self._limits.timeout is not None:
            before = np.roll(times, 1)
            is_known = own >= 0
            before[firsts] = times[firsts]
            before[firsts[is_known]] = self._flows["last_time"][own[is_known]]
            begins |= times - before >= self._limits.timeout
        return begins

    def _is_counted(self, slots, positions, times):
        """Which packets come before the limits of their flows."""
        is_counted = self._flows["state"][slots] == _OPEN
        if self._limits.packets is not None:
            positions = positions + self._flows["packets"][slots]
            is_counted &= positions < self._limits.packets
        if self._limits.timeout is not None:
            ends = self._flows["first_time"][slots] + self._limits.timeout
            is_counted &= times < ends
        return is_counted

    def _begin(self, slots, ids, times, places):
        for name, values in (
            ("id", ids),
            ("state", _OPEN),
            ("packets", 0),
            ("begun", self._packets + places),
            ("first_time", times),
        ):
            self._flows[name][slots] = values

    def _replace(self, own, slots, is_first):
        """Notes which slots ids have now, and which slots are given up."""
        is_last = np.append(is_first[1:], True)[: len(slots)]
        current = slots[is_last]
        is_other = np.flatnonzero(current != own)
        flows = self._flows["id"][current[is_other]].tolist()
        self._slots.update(zip(flows, current[is_other].tolist(), strict=True))
        self._touched = current
        self._leaving = np.setdiff1d(np.append(slots, own[own >= 0]), current)
        self._idle.forget(self._leaving)

    def _clear(self):
        self._flows["state"][self._leaving] = _FREE
        self._free = np.concatenate([self._leaving, self._free])

    def _take(self, count):
        """Slots for so many new flows."""
        missing = count - len(self._free)
        if missing > 0:
            end = len(self._flows)
            # In place: no moment needs room for two copies.
            self._flows.resize(end + missing + _BLOCK, refcheck=False)
            new = np.arange(end, len(self._flows))
            self._free = np.concatenate([self._free, new])
        taken, self._free = np.split(self._free, [count])
        return taken
