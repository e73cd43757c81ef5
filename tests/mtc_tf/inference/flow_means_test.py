import dataclasses
import tracemalloc

import numpy as np
import pytest

from mtc_tf.inference import flow_means
from mtc_tf.inference.flow_limits import FlowLimits
from mtc_tf.inference.flow_means import FlowMeans
from mtc_tf.inference.flow_table import FlowTable
from mtc_tf.packets import PacketBatch

CLASSES = {"application": 17, "traffic_type": 12, "auxiliary": 6}
# A batch does not look at them here.
PACKETS = np.zeros((2048, 0), np.uint8)


def _batch(flows):
    """Packets that carry the id of their flow as port and as time."""
    shapes = {
        "packets": (0,),
        "source_addresses": (16,),
        "destination_addresses": (16,),
    }
    types = {
        "packets": np.uint8,
        "lengths": np.int32,
        "source_addresses": np.uint8,
        "destination_addresses": np.uint8,
        "ip_versions": np.uint8,
        "protocols": np.uint8,
        "source_ports": np.uint16,
        "destination_ports": np.uint16,
    }
    columns = {
        field.name: np.zeros(
            (len(flows), *shapes.get(field.name, ())),
            types.get(field.name, np.int64),
        )
        for field in dataclasses.fields(PacketBatch)
    }
    columns |= {
        "flows": flows,
        "microseconds": flows,
        "source_ports": flows.astype(np.uint16),
    }
    return PacketBatch(**columns)


def _probabilities(rows, seed=0):
    rng = np.random.default_rng(seed)
    return {
        task: rng.dirichlet(np.ones(count), rows).astype(np.float32)
        for task, count in CLASSES.items()
    }


class _Flows:
    """Means of the flows of a table."""

    def __init__(self):
        self.table = FlowTable(FlowLimits())
        self.means = FlowMeans(CLASSES)

    def see(self, batch):
        seen = self.table.add(batch)
        self.means.begin(seen.begun, batch, seen.firsts)
        self.means.count(seen.slots)
        return seen.slots

    def whole(self):
        """What is known of all flows, and their means."""
        return self.means.of(self.table.rest())


@pytest.mark.parametrize("flows", [1, 7, 5000])
def test_means_are_those_of_all_packets(flows, monkeypatch):
    monkeypatch.setattr(flow_means, "_BLOCK", 64)
    rng = np.random.default_rng(flows)
    # Ids far apart, as hashes are, that come again in other batches.
    known = rng.integers(0, 2**63, flows)
    ids = known[rng.integers(0, flows, 20_000)]
    probabilities = _probabilities(len(ids))
    flows = _Flows()
    for start in range(0, len(ids), 700):
        rows = slice(start, start + 700)
        numbers = flows.see(_batch(ids[rows]))
        flows.means.answer(
            numbers,
            {task: values[rows] for task, values in probabilities.items()},
        )
    first_packets, averages = flows.whole()
    found, firsts = np.unique(ids, return_index=True)
    in_order = ids[np.sort(firsts)]
    assert len(found) == len(first_packets)
    np.testing.assert_array_equal(first_packets["microseconds"], in_order)
    for flow, packet, average in zip(
        in_order[:50], first_packets, averages, strict=False
    ):
        chosen = ids == flow
        assert packet["count"] == chosen.sum()
        assert packet["source_ports"] == flow % 2**16
        for task, values in probabilities.items():
            expected = values[chosen].mean(axis=0, dtype=np.float64)
            np.testing.assert_allclose(average[task], expected, atol=2e-7)


def test_mean_of_a_flow_that_lasts_long():
    # One packet a batch: a sum in float32 would be off by a hundredth.
    probabilities = {
        task: np.full((1, count), 0.3, np.float32)
        for task, count in CLASSES.items()
    }
    probabilities["auxiliary"] = np.float32([[0, 0, 0, 0, 0, 1]])
    others = {**probabilities, "auxiliary": np.float32([[1, 0, 0, 0, 0, 0]])}
    batch = _batch(np.array([5]))
    flows = _Flows()
    for _ in range(500):
        flows.means.answer(flows.see(batch), probabilities)
        flows.means.answer(flows.see(batch), others)
    first_packets, averages = flows.whole()
    assert first_packets["count"].tolist() == [1000]
    np.testing.assert_array_equal(averages["application"][0], np.float32(0.3))
    np.testing.assert_allclose(
        averages["auxiliary"][0], [0.5, 0, 0, 0, 0, 0.5], atol=1e-5
    )


def test_answers_about_flows_need_not_be_those_of_packets():
    flows = _Flows()
    slots = flows.see(_batch(np.array([8, 5, 8, 8])))
    assert slots[0] == slots[2] == slots[3] != slots[1]
    first, second = _probabilities(2), _probabilities(1, seed=1)
    flows.means.answer(slots[:2], first)
    flows.means.answer(slots[:1], second)
    known, averages = flows.whole()
    assert known["count"].tolist() == [3, 1]
    assert known["answers"].tolist() == [2, 1]
    for task in CLASSES:
        expected = (first[task][0] + second[task][0]) / 2
        np.testing.assert_allclose(averages[task][0], expected, atol=1e-7)
        np.testing.assert_allclose(averages[task][1], first[task][1])


def test_slot_of_another_flow_begins_anew():
    means = FlowMeans(CLASSES)
    first, second = _batch(np.array([8])), _batch(np.array([5]))
    for batch in (first, second):
        means.begin(np.array([0]), batch, np.array([0]))
        means.count(np.array([0]))
        means.answer(np.array([0]), _probabilities(1, seed=batch.flows[0]))
    known, averages = means.of(np.array([0]))
    assert known["microseconds"] == 5
    assert known["count"] == known["answers"] == 1
    expected = _probabilities(1, seed=5)["application"]
    np.testing.assert_array_equal(averages["application"], expected)


def _batches(flows):
    probabilities = _probabilities(2048)
    ids = np.random.default_rng(0).integers(0, 2**63, flows)
    for start in range(0, flows, 2048):
        chosen = ids[start : start + 2048]
        yield (
            _batch(chosen),
            {task: v[: len(chosen)] for task, v in probabilities.items()},
        )


def _peak(function):
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_of_many_flows():
    count = 100_000
    flows = _Flows()

    def add():
        for batch, probabilities in _batches(count):
            flows.means.answer(flows.see(batch), probabilities)

    assert _peak(add) / count < 450
    assert len(flows.table.rest()) == count
