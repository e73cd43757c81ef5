import numpy as np
from small_batches import classifier_that_answers
from small_batches import packet_batch
from small_batches import probabilities
from small_batches import scored

from mtc_tf.inference.flow_rows import FlowRows

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
