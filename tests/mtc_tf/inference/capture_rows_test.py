import numpy as np
import pytest
from small_batches import TASKS
from small_batches import addresses
from small_batches import packet_batch
from small_batches import probabilities
from small_batches import scored

from mtc_tf.inference.capture_rows import five_tuples
from mtc_tf.inference.capture_rows import packet_rows
from mtc_tf.packets.five_tuples import FiveTuples


def test_five_tuples_of_rows_are_those_of_their_packets():
    batch = packet_batch(
        [0, 1, 2],
        ip_versions=np.array([4, 6, 4]),
        source_ports=np.array([1000, 5353, 0]),
        destination_ports=np.array([443, 1001, 0]),
        protocols=np.array([6, 17, 50]),
        source_addresses=np.concatenate(
            [addresses(x, 1) for x in ("10.0.0.1", "2001::1", "10.0.0.1")]
        ),
        destination_addresses=np.concatenate(
            [addresses(x, 1) for x in ("10.0.0.2", "::2", "10.0.0.2")]
        ),
    )
    [rows] = packet_rows("x", [(batch, probabilities([1, 1, 1]))], TASKS)
    expected = FiveTuples.of_packets(batch, np.arange(3))
    received = five_tuples(rows)
    for name, values in vars(expected).items():
        np.testing.assert_array_equal(getattr(received, name), values)


def test_packet_row():
    batch = packet_batch(
        [3],
        microseconds=np.array([1_700_000_000_250_000]),
        numbers=np.array([17]),
    )
    [rows] = packet_rows("x.pcap", [(batch, probabilities([0.25]))], TASKS)
    assert rows == [
        {
            "capture": "x.pcap",
            "packet": 17,
            "time": "2023-11-14T22:13:20.250000Z",
            "source": "10.0.0.1",
            "source_port": 1003,
            "destination": "10.0.0.2",
            "destination_port": 443,
            "protocol": "tcp",
            "application": "Talkie",
            "application_probability": 0.75,
            "auxiliary": "a",
            "auxiliary_probability": 1.0,
        }
    ]


def test_ipv6_packet_without_ports():
    batch = packet_batch(
        [0, 1],
        ip_versions=np.array([6, 4]),
        protocols=np.array([50, 99]),
        source_ports=np.zeros(2),
        destination_ports=np.zeros(2),
        source_addresses=addresses("2001:db8::1", 2),
        destination_addresses=addresses("::", 2),
    )
    [[row, other]] = packet_rows("x", [(batch, probabilities([1, 1]))], TASKS)
    assert row["source"] == "2001:db8::1"
    assert row["destination"] == "::"
    assert row["source_port"] is None
    assert row["destination_port"] is None
    assert row["protocol"] == "esp"
    assert other["protocol"] == "99"


@pytest.mark.parametrize(
    ("microseconds", "expected"),
    [
        (-1, "1970-01-01T00:00:00.000000Z"),
        (2**63 - 1, "9999-12-31T23:59:59.000000Z"),
        # What a float of seconds cannot hold to the microsecond.
        (1_700_000_000_444_223, "2023-11-14T22:13:20.444223Z"),
        (4_294_967_295_999_999, "2106-02-07T06:28:15.999999Z"),
    ],
)
def test_time(microseconds, expected):
    batch = packet_batch([0], microseconds=np.array([microseconds]))
    [[row]] = packet_rows("x", [(batch, probabilities([1]))], TASKS)
    assert row["time"] == expected


def test_no_packets_give_no_rows():
    assert list(packet_rows("x", [], TASKS)) == []


UNKNOWN = {
    "application": "unknown",
    "application_probability": None,
    "auxiliary": "unknown",
    "auxiliary_probability": None,
}


def test_packets_with_a_higher_score_are_unknown():
    batches = [(packet_batch([0, 0, 1]), scored([1, 1, 1], [0.4, 0.5, 0.6]))]
    [rows] = packet_rows("x", batches, TASKS, highest=0.5)
    known, same, unknown = rows
    assert known["application"] == same["application"] == "Courier"
    assert unknown.items() >= UNKNOWN.items()
    assert list(unknown) == list(known)
