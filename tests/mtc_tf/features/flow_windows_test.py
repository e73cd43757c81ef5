import tracemalloc

import numpy as np
import pytest

from mtc_tf.features import flow_windows
from mtc_tf.features.flow_windows import MOST_WINDOWS
from mtc_tf.features.flow_windows import FlowWindows
from mtc_tf.features.packet_series import packet_series


def _capture(packets, flows, seed=0):
    """Columns of random packets, as `FlowWindows.add` takes them."""
    rng = np.random.default_rng(seed)
    return (
        rng.integers(0, flows, packets),
        rng.integers(0, 256, (packets, 64), np.uint8),
        # Some packets are older than the one before.
        1e9 + np.cumsum(rng.normal(1, 1, packets)),
        rng.random(packets) < 0.4,
        np.arange(packets) * 3,
    )


def _cut(capture, packets_per_flow, batch):
    """All windows, as a dict from flow and first packet to series and time."""
    windows = FlowWindows(packets_per_flow)
    parts = [
        windows.add(*(column[start : start + batch] for column in capture))
        for start in range(0, len(capture[0]), batch)
    ]
    parts += windows.rest(at_once=7)
    received = {
        (flow, number): (series, time)
        for part in parts
        for flow, number, series, time in zip(
            part.flows.tolist(),
            part.numbers.tolist(),
            part.series,
            part.timestamps,
            strict=True,
        )
    }
    assert len(received) == sum(map(len, parts))
    return received


def _expected(capture, packets_per_flow):
    """The same, flow by flow."""
    flows, packets, times, from_upper, numbers = capture
    found = {}
    for flow in np.unique(flows).tolist():
        own = np.flatnonzero(flows == flow)
        gaps = np.maximum(np.diff(times[own], prepend=times[own[0]]), 0)
        rows = packet_series(
            packets[own],
            from_upper[own] != from_upper[own[0]],
            gaps,
            np.arange(len(own)),
        )
        for start in range(0, len(own), packets_per_flow)[:MOST_WINDOWS]:
            series = np.zeros((packets_per_flow, 68), np.float32)
            part = rows[start : start + packets_per_flow]
            series[: len(part)] = part
            first = own[start]
            found[flow, int(numbers[first])] = series, times[first]
    return found


@pytest.mark.parametrize("batch", [1, 13, 400, 5000])
@pytest.mark.parametrize(
    ("packets_per_flow", "flows"), [(2, 3), (2, 90), (10, 1), (10, 300)]
)
def test_windows_of_each_flow(packets_per_flow, flows, batch, monkeypatch):
    monkeypatch.setattr(flow_windows, "_BLOCK", 4)
    capture = _capture(1500, flows)
    received = _cut(capture, packets_per_flow, batch)
    expected = _expected(capture, packets_per_flow)
    assert received.keys() == expected.keys()
    for key, (series, time) in expected.items():
        np.testing.assert_array_equal(received[key][0], series)
        assert received[key][1] == time


def test_long_flow_has_so_many_windows():
    received = _cut(_capture(1000, 1), 10, 70)
    assert len(received) == MOST_WINDOWS == 16


def test_full_windows_are_given_at_once_and_the_rest_once():
    windows = FlowWindows(2)
    capture = _capture(3, 1)
    assert len(windows.add(*capture)) == 1
    assert [len(part) for part in windows.rest()] == [1]
    assert list(windows.rest()) == []


def test_no_packets():
    windows = FlowWindows(10)
    assert len(windows.add(*_capture(0, 1))) == 0
    assert list(windows.rest()) == []


def test_memory_of_open_flows_and_of_answered_ones():
    flows, packets_per_flow = 50_000, 10
    columns = _capture(flows, 1)
    tracemalloc.start()
    windows = FlowWindows(packets_per_flow)
    for turn in range(packets_per_flow):
        for start in range(0, flows, 2048):
            part = slice(start, start + 2048)
            rows = np.arange(flows)[part]
            windows.add(rows, *(column[part] for column in columns[1:]))
        if turn == 0:
            first = tracemalloc.get_traced_memory()[0]
    assert first / flows < 1000
    # Nothing was added: the packets of a flow share its room.
    last = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert last / flows < 1000
    assert list(windows.rest()) == []


def test_room_of_answered_flows_is_used_again():
    windows = FlowWindows(2)
    tracemalloc.start()
    columns = _capture(2048, 1)
    for turn in range(200):
        rows = np.arange(2048) // 2 + 1024 * turn
        windows.add(rows, *columns[1:])
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    # 200,000 flows of 21 bytes, and hardly a window that waits.
    assert used < 6e6
