import tracemalloc
import types

import numpy as np
import pytest
from small_batches import TASKS
from small_batches import classifier_that_answers
from small_batches import packet_batch
from small_batches import probabilities
from small_batches import scored

from mtc_tf.errors import InputError
from mtc_tf.features.packet_series import POSITION
from mtc_tf.features.packet_series import SIZE
from mtc_tf.inference.flow_limits import FlowLimits
from mtc_tf.inference.flow_rows import FlowRows
from mtc_tf.runs.model_facts import ModelFacts

UNKNOWN = {
    "application": "unknown",
    "application_probability": None,
    "auxiliary": "unknown",
    "auxiliary_probability": None,
}


def _rows(answered, highest=None):
    """Rows of the flows of pairs of a batch and what its packets answer."""
    batches, values = zip(*answered, strict=True) if answered else ([], [])
    classifier = classifier_that_answers(values)
    blocks = FlowRows("x", classifier, highest).of(batches)
    return [row for block in blocks for row in block]


def test_flow_is_labelled_by_the_mean_of_its_packets():
    # Two of the three packets say Talkie, the mean (0.9 + 0.4 + 0.4) / 3 says
    # Courier.
    batch = packet_batch([7, 7, 7])
    [row] = _rows([(batch, probabilities([0.9, 0.4, 0.4]))])
    assert row["packets"] == 3
    assert row["application"] == "Courier"
    assert row["application_probability"] == round(1.7 / 3, 4)


def test_flows_go_on_from_batch_to_batch_in_the_order_of_their_first_packet():
    batches = [
        (packet_batch([9, 4, 9]), probabilities([0.0, 0.0, 0.5])),
        (packet_batch([1, 9]), probabilities([1.0, 1.0])),
    ]
    rows = _rows(batches)
    assert [row["source_port"] for row in rows] == [1009, 1004, 1001]
    assert [row["packets"] for row in rows] == [3, 1, 1]
    assert [row["time"][-10:] for row in rows] == [
        "00.000000Z",
        "01.000000Z",
        "00.000000Z",
    ]
    assert rows[0]["application_probability"] == 0.5


def test_flow_shows_the_direction_of_its_first_packet():
    batch = packet_batch(
        [5, 5],
        source_ports=np.array([443, 1000]),
        destination_ports=np.array([1000, 443]),
    )
    [row] = _rows([(batch, probabilities([1, 1]))])
    assert (row["source_port"], row["destination_port"]) == (443, 1000)


def test_no_packets_give_no_rows():
    assert _rows([]) == []


def test_flow_is_unknown_by_its_mean_score():
    batches = [
        (packet_batch([0, 1]), scored([1, 1], [0.0, 1.0])),
        (packet_batch([1, 0, 0]), scored([1, 1, 1], [-0.5, 0.9, 0.9])),
    ]
    # The means are 0.6 and 0.25.
    [unknown, known] = _rows(batches, highest=0.5)
    assert unknown.items() >= UNKNOWN.items()
    assert unknown["packets"] == 3
    assert known["application"] == "Courier"
    rows = _rows(batches)
    assert [row["application"] for row in rows] == ["Courier"] * 2


def test_rows_are_made_a_few_at_a_time():
    flows = np.arange(5000)
    classifier = classifier_that_answers([probabilities(np.ones(5000))])
    blocks = FlowRows("x", classifier).of([packet_batch(flows)])
    assert [len(block) for block in blocks] == [1024, 1024, 1024, 1024, 904]


def _windows(series):
    """Answers by how many packets a window holds, and where it begins."""
    sizes = (series[:, :, SIZE] > 0).sum(axis=1)
    begins = series[:, 0, POSITION]
    return {
        "application": np.stack([sizes / 10, 1 - sizes / 10], axis=1),
        "auxiliary": np.stack([begins / 10, 1 - begins / 10, begins * 0], 1),
    }


def _of_windows(batches, limits, packets_per_flow=3, predict=_windows):
    classifier = types.SimpleNamespace(
        facts=ModelFacts(TASKS, "strict", packets_per_flow=packets_per_flow),
        predict=predict,
    )
    return FlowRows("x", classifier, limits=limits).of(batches)


def test_window_is_answered_as_far_as_it_is_filled():
    batches = [packet_batch([7, 7, 5]), packet_batch([7, 7, 7, 5])]
    rows = _of_windows(batches, FlowLimits(packets=4))
    [first] = next(rows)
    # Windows of three packets and of one.
    assert first["source_port"] == 1007
    assert first["packets"] == 4
    assert first["application_probability"] == 0.8
    assert first["auxiliary_probability"] == 0.85
    [second] = next(rows)
    assert (second["source_port"], second["packets"]) == (1005, 2)
    assert second["application_probability"] == 0.8
    assert list(rows) == []


def test_rows_come_before_the_next_batch_is_drawn():
    drawn = []

    def batches():
        for flow in (7, 7, 5):
            drawn.append(flow)
            yield packet_batch([flow])

    rows = _of_windows(batches(), FlowLimits(packets=2))
    [row] = next(rows)
    assert (row["packets"], drawn) == (2, [7, 7])


def test_rows_of_flows_whose_time_has_come_need_no_packet():
    times = iter([0.0, 9.0, 10.0, 11.0])
    batches = [packet_batch([7]), *[packet_batch([])] * 3]
    classifier = classifier_that_answers([probabilities([1])])
    rows = FlowRows("x", classifier, limits=FlowLimits(timeout=10.0))
    [row] = next(rows.of(batches, lambda: next(times)))
    assert row["source_port"] == 1007
    assert list(times) == [11.0]


def test_packets_behind_the_limits_are_not_classified():
    asked = []

    def predict(packets):
        asked.append(len(packets))
        return probabilities(np.ones(len(packets)))

    classifier = types.SimpleNamespace(
        facts=ModelFacts(TASKS, "strict"), predict=predict
    )
    rows = FlowRows("x", classifier, limits=FlowLimits(packets=2))
    batches = [packet_batch([7, 7, 7, 5]), packet_batch([7, 7, 5])]
    blocks = list(rows.of(batches))
    assert [row["packets"] for block in blocks for row in block] == [2, 2]
    assert asked == [3, 1]


@pytest.mark.parametrize("packets_per_flow", [0, 3])
def test_limits_beyond_all_flows_change_nothing(packets_per_flow):
    rng = np.random.default_rng(0)
    batches = [packet_batch(rng.integers(0, 9, 50)) for _ in range(5)]

    def answer(rows):
        return probabilities(np.full(len(rows), 0.25))

    def rows(limits):
        blocks = _of_windows(batches, limits, packets_per_flow, answer)
        return [row for block in blocks for row in block]

    expected = rows(FlowLimits())
    assert sum(row["packets"] for row in expected) == 250
    assert rows(FlowLimits(9, 1000, 1e9)) == expected


def test_flood_of_flows_is_answered_as_it_comes():
    limits = FlowLimits(flows=100)
    batches = (
        packet_batch(np.arange(start, start + 50))
        for start in range(0, 1000, 50)
    )
    blocks = list(_of_windows(batches, limits))
    assert [len(block) for block in blocks] == [50] * 18 + [100]
    ports = [row["source_port"] for block in blocks for row in block]
    assert ports == list(range(1000, 2000))


@pytest.mark.parametrize("packets_per_flow", [0, 3])
def test_memory_is_flat_under_a_flood_of_flows(packets_per_flow):
    def batches():
        for start in range(0, 6000, 300):
            if start == 3000:
                middle.append(tracemalloc.get_traced_memory()[0])
            yield packet_batch(np.arange(start, start + 300))

    def answer(rows):
        return probabilities(np.ones(len(rows)))

    middle = []
    limits = FlowLimits(flows=600)
    tracemalloc.start()
    try:
        rows = _of_windows(batches(), limits, packets_per_flow, answer)
        assert sum(map(len, rows)) == 6000
        # Gone with the rows of the last flows: what they were made of stays.
        assert tracemalloc.get_traced_memory()[0] < middle[0] + 100_000
    finally:
        tracemalloc.stop()


def test_model_that_fails_does_not_take_answered_flows_along():
    calls = iter([True, True, False])

    def predict(series):
        if not next(calls):
            raise InputError("the server is gone")
        return _windows(series)

    batches = [packet_batch([7, 7, 7]), packet_batch([5] * 3 + [9])]
    rows = _of_windows(batches, FlowLimits(), predict=predict)
    assert [row["source_port"] for row in next(rows)] == [1007, 1005]
    with pytest.raises(InputError, match="the server is gone"):
        next(rows)
