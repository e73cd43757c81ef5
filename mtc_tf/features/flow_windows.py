"""Packets, as they come, to windows of consecutive packets of a flow."""

import dataclasses

import numpy as np

from mtc_tf.features.packet_series import SERIES_BYTES
from mtc_tf.features.packet_series import packet_series
from mtc_tf.tasks import SERIES

# Windows of a flow at most: what comes behind them is not looked at.
MOST_WINDOWS = 16

# Flows, or windows, that there is room for at first, and room that is added.
_BLOCK = 4096
_FLOW = np.dtype(
    [
        ("packets", "<i8"),
        ("last", "<f8"),
        ("from_upper", "?"),
        ("slot", "<i4"),
    ]
)


@dataclasses.dataclass(frozen=True)
class Windows:
    """Some windows; arrays with an entry for each.

    Args:
        series: float32 array of shape `(windows, packets_per_flow, 68)`, as of
            `packet_series`; zeros where the flow has no packet.
        flows: int64 array. The flow's number.
        numbers: int64 array. Position in the capture of the first packet.
        timestamps: float64 array. Time of the first packet, in seconds.
    """

    series: np.ndarray
    flows: np.ndarray
    numbers: np.ndarray
    timestamps: np.ndarray

    def __len__(self):
        return len(self.series)


class FlowWindows:
    """Cuts the flows of a capture into windows while its packets come.

    Window k of a flow begins at its packet k * `packets_per_flow`; of a flow
    that lasts longer than `MOST_WINDOWS` of them, the rest is left out. With
    10 packets a window, memory takes 21 bytes for each flow, and 720 for each
    that has a window which is not full; a full one is given out and freed.

    Args:
        packets_per_flow: int. Packets of a window.
    """

    def __init__(self, packets_per_flow):
        self.packets_per_flow = packets_per_flow
        self._flows = np.zeros(0, _FLOW)
        self._slots = np.zeros(
            0,
            [
                ("flow", "<i8"),
                ("number", "<i8"),
                ("timestamp", "<f8"),
                ("first", "<i4"),
                ("packets", "<i4"),
                ("bytes", "u1", (packets_per_flow, SERIES_BYTES)),
                ("direction", "?", (packets_per_flow,)),
                ("gap", "<f4", (packets_per_flow,)),
            ],
        )
        self._free = np.zeros(0, np.int64)

    def add(self, flows, packets, timestamps, from_upper, numbers):
        """Adds packets, in the order of the capture.

        Args:
            flows: int array `(packets,)`. Numbers of the flows, from 0.
            packets: uint8 array `(packets, bytes)`, 64 or more of each row.
            timestamps: float64 array `(packets,)`. Seconds.
            from_upper: bool array `(packets,)`, as of `PacketBatch`.
            numbers: int array `(packets,)`. Positions in the capture.

        Returns:
            the `Windows` that are full now; there may be none.
        """
        order = np.argsort(flows, kind="stable")
        flows, times = flows[order], timestamps[order]
        positions, gaps, directions = self._see(flows, times, from_upper[order])
        windows, columns = np.divmod(positions, self.packets_per_flow)
        looked_at = np.flatnonzero(windows < MOST_WINDOWS)
        order, flows, columns = (x[looked_at] for x in (order, flows, columns))
        begins = columns == 0
        # One group for the packets of one window.
        firsts = np.flatnonzero(begins | (np.diff(flows, prepend=-1) != 0))
        lasts = np.append(firsts[1:], len(flows))[: len(firsts)] - 1
        slots = self._flows["slot"][flows[firsts]].astype(np.int64)
        slots[begins[firsts]] = self._take(np.count_nonzero(begins))
        slot = np.repeat(slots, lasts + 1 - firsts)
        for name, values in (
            ("flow", flows),
            ("number", numbers[order]),
            ("timestamp", times[looked_at]),
            ("first", positions[looked_at]),
        ):
            self._slots[name][slot[begins]] = values[begins]
        self._slots["bytes"][slot, columns] = packets[:, :SERIES_BYTES][order]
        self._slots["direction"][slot, columns] = directions[looked_at]
        self._slots["gap"][slot, columns] = gaps[looked_at]
        self._slots["packets"][slots] = columns[lasts] + 1
        is_full = columns[lasts] == self.packets_per_flow - 1
        # Of several windows of a flow the last one stays.
        self._flows["slot"][flows[lasts]] = np.where(is_full, -1, slots)
        return self._give_out(slots[is_full])

    def end(self, flows):
        """Gives out the windows of flows that are not full, and forgets them.

        Args:
            flows: int array `(flows,)`. Numbers of flows that have no packets
                any more; what is added later under them are other flows.

        Returns:
            `Windows`; there may be none.
        """
        slots = self._flows["slot"][flows]
        slots = slots[(self._flows["packets"][flows] > 0) & (slots >= 0)]
        self._flows["slot"][flows] = -1
        self._flows["packets"][flows] = 0
        return self._give_out(slots)

    def rest(self, at_once=1024):
        """Gives out the windows that are not full, at the end of a capture.

        Args:
            at_once: int. Windows to give at once, at most.

        Yields:
            `Windows`, never empty.
        """
        has_window = (self._flows["packets"] > 0) & (self._flows["slot"] >= 0)
        flows = np.flatnonzero(has_window)
        for start in range(0, len(flows), at_once):
            yield self.end(flows[start : start + at_once])

    def _see(self, flows, times, from_upper):
        """Positions, gaps and directions of packets in the order of flows."""
        self._make_room(int(flows.max(initial=-1)) + 1)
        firsts = np.flatnonzero(np.diff(flows, prepend=-1))
        counts = np.diff(np.append(firsts, len(flows)))
        own = flows[firsts]
        state = self._flows
        ranks = np.arange(len(flows)) - np.repeat(firsts, counts)
        positions = state["packets"][flows] + ranks
        is_new = positions[firsts] == 0
        state["from_upper"][own[is_new]] = from_upper[firsts[is_new]]
        before = np.roll(times, 1)
        before[firsts] = np.where(is_new, times[firsts], state["last"][own])
        state["packets"][own] += counts
        state["last"][own] = times[firsts + counts - 1]
        # Captures of several interfaces may go back in time.
        gaps = np.maximum(times - before, 0)
        return positions, gaps, from_upper != state["from_upper"][flows]

    def _make_room(self, flows):
        missing = flows - len(self._flows)
        if missing > 0:
            # In place: no moment needs room for two copies.
            self._flows.resize(
                len(self._flows) + missing + _BLOCK, refcheck=False
            )

    def _take(self, count):
        """Slots for so many new windows."""
        missing = count - len(self._free)
        if missing > 0:
            end = len(self._slots)
            self._slots.resize(end + missing + _BLOCK, refcheck=False)
            new = np.arange(end, len(self._slots))
            self._free = np.concatenate([self._free, new])
        taken, self._free = np.split(self._free, [count])
        return taken

    def _give_out(self, slots):
        """Makes windows of slots, and frees these."""
        stored = self._slots[slots]
        self._free = np.concatenate([self._free, slots])
        columns = np.arange(self.packets_per_flow)
        is_there = columns < stored["packets"][:, np.newaxis]
        series = np.zeros((*is_there.shape, SERIES.columns), np.float32)
        series[is_there] = packet_series(
            stored["bytes"][is_there],
            stored["direction"][is_there],
            stored["gap"][is_there],
            (stored["first"][:, np.newaxis] + columns)[is_there],
        )
        return Windows(
            series, stored["flow"], stored["number"], stored["timestamp"]
        )
