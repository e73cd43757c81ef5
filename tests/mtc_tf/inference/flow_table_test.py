import math
import tracemalloc

import numpy as np
import pytest
from small_batches import packet_batch

from mtc_tf.inference.flow_limits import FlowLimits
from mtc_tf.inference.flow_table import FlowTable


def _batch(*packets):
    """Packets given as flow and time, in seconds."""
    flows, times = zip(*packets, strict=True)
    return packet_batch(flows, timestamps=np.array(times, float))


def _counted(limits, *packets, batch):
    """Which packets count, and the flows in the order in which they end.

    Flows are told as lists of their packets.
    """
    table, counted, slots = FlowTable(limits), [], []
    flows, ended = {}, []
    for start in range(0, len(packets), batch):
        part = packets[start : start + batch]
        seen = table.add(_batch(*part))
        for slot, row in zip(
            seen.begun.tolist(), seen.firsts.tolist(), strict=True
        ):
            flows[slot] = []
            assert seen.slots[row] == slot
        for place, (slot, is_counted) in enumerate(
            zip(seen.slots.tolist(), seen.counted.tolist(), strict=True), start
        ):
            counted.append(is_counted)
            if is_counted:
                flows[slot].append(place)
        ended += [flows[slot] for slot in table.due(part[-1][1]).tolist()]
        slots += seen.slots.tolist()
    ended += [flows[slot] for slot in table.rest().tolist()]
    return counted, ended


SIZES = pytest.mark.parametrize("batch", [1, 2, 3, 100])


@SIZES
def test_without_limits_flows_end_at_the_end(batch):
    packets = [(7, 0), (5, 1), (7, 1000), (9, 1001), (5, 1002)]
    counted, ended = _counted(FlowLimits(), *packets, batch=batch)
    assert all(counted)
    assert ended == [[0, 2], [1, 4], [3]]


@SIZES
def test_flow_ends_at_its_last_packet_that_is_asked_for(batch):
    packets = [(7, 0), (5, 1), (7, 2), (7, 3), (5, 4), (5, 5), (9, 6)]
    limits = FlowLimits(packets=2)
    counted, ended = _counted(limits, *packets, batch=batch)
    assert counted == [True, True, True, False, True, False, True]
    assert ended == [[0, 2], [1, 4], [6]]


@SIZES
def test_flow_ends_so_long_after_its_first_packet(batch):
    packets = [(7, 0), (7, 9), (5, 9), (7, 10), (7, 19), (5, 20)]
    limits = FlowLimits(timeout=10)
    counted, ended = _counted(limits, *packets, batch=batch)
    # The last packet of 5 comes 11 seconds behind the one before.
    assert counted == [True, True, True, False, False, True]
    assert ended == [[0, 1], [2], [5]]


@SIZES
def test_flow_that_was_idle_begins_anew(batch):
    packets = [(7, 0), (7, 1), (7, 30), (7, 31), (7, 45), (5, 45)]
    limits = FlowLimits(timeout=10)
    counted, ended = _counted(limits, *packets, batch=batch)
    assert all(counted)
    assert ended == [[0, 1], [2, 3], [4], [5]]


@SIZES
def test_answered_flow_begins_anew_when_it_was_idle(batch):
    packets = [(7, 0), (7, 1), (7, 2), (7, 13)]
    limits = FlowLimits(packets=1, timeout=10)
    counted, ended = _counted(limits, *packets, batch=batch)
    assert counted == [True, False, False, True]
    assert ended == [[0], [3]]


def test_time_alone_ends_a_flow():
    table = FlowTable(FlowLimits(timeout=10))
    [slot] = table.add(_batch((7, 100))).begun
    assert table.due(109.9).tolist() == []
    assert table.due(110).tolist() == [slot]
    assert table.due(111).tolist() == table.rest().tolist() == []


def test_flow_idle_longest_makes_room():
    table = FlowTable(FlowLimits(flows=2))
    [first, second] = table.add(_batch((7, 0), (5, 0))).slots
    table.add(_batch((7, 1)))
    assert table.due(1).tolist() == []
    seen = table.add(_batch((9, 2), (7, 3)))
    assert table.due(3).tolist() == [second]
    again = table.add(_batch((5, 4)))
    # A flow that was forgotten is another one, in the slot that is free.
    assert again.begun.tolist() == again.slots.tolist() == [second]
    assert table.due(4).tolist() == [seen.slots[0]]
    assert table.rest().tolist() == [first, second]


def test_answered_flow_that_is_forgotten_ends_once():
    table = FlowTable(FlowLimits(flows=1, packets=1))
    [slot] = table.add(_batch((7, 0))).slots
    assert table.due(0).tolist() == [slot]
    [other] = table.add(_batch((5, 1))).slots
    assert table.due(1).tolist() == [other]
    assert table.rest().tolist() == []


def test_more_flows_in_a_batch_than_are_held():
    table = FlowTable(FlowLimits(flows=3))
    seen = table.add(packet_batch(np.arange(10)))
    assert table.due(0).tolist() == seen.slots[:7].tolist()
    assert table.rest().tolist() == seen.slots[7:].tolist()


@pytest.mark.parametrize("timeout", [None, 50.0])
def test_each_flow_ends_once(timeout):
    rng = np.random.default_rng(0)
    table = FlowTable(FlowLimits(flows=20, timeout=timeout))
    begun = ended = packets = 0
    held = set()
    for start in range(0, 5000, 50):
        flows = rng.integers(0, 60, 50)
        times = np.arange(start, start + 50.0)
        seen = table.add(packet_batch(flows, timestamps=times))
        assert not held & set(seen.begun.tolist())
        held |= set(seen.begun.tolist())
        assert set(seen.slots[seen.counted].tolist()) <= held
        due = table.due(times[-1]).tolist()
        assert set(due) <= held
        held -= set(due)
        begun, ended = begun + len(seen.begun), ended + len(due)
        packets += len(flows)
        assert len(held) <= 20
    assert begun == ended + len(table.rest())
    assert begun > 100


@pytest.mark.parametrize(
    "flows",
    [60_000, pytest.param(10_000_000, marks=pytest.mark.large)],
)
def test_memory_is_flat_under_a_flood_of_flows(flows):
    table = FlowTable(FlowLimits(flows=5000))

    def flood(first, last):
        ended = 0
        for start in range(first, last, 2000):
            table.add(packet_batch(np.arange(start, start + 2000)))
            ended += len(table.due(-math.inf))
        return ended

    tracemalloc.start()
    try:
        assert flood(0, 20_000) == 15_000
        before = tracemalloc.get_traced_memory()[0]
        assert flood(20_000, flows) == flows - 20_000
        assert tracemalloc.get_traced_memory()[0] < before + 100_000
    finally:
        tracemalloc.stop()
    assert len(table.rest()) == 5000
