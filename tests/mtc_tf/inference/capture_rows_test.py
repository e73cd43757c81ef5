import ipaddress

import numpy as np
import pytest

from mtc_tf.inference.capture_rows import five_tuples
from mtc_tf.inference.capture_rows import flow_rows
from mtc_tf.inference.capture_rows import packet_rows
from mtc_tf.packets import PacketBatch
from mtc_tf.packets.five_tuples import FiveTuples

TASKS = {"application": ["Courier", "Talkie"], "auxiliary": ["a", "b", "c"]}


def _batch(flows, **columns):
    """A batch of TCP packets from 10.0.0.1:1000+flow to 10.0.0.2:443."""
    rows = len(flows)
    columns = {
        "timestamps": np.arange(rows, dtype=float),
        "microseconds": np.arange(rows) * 1_000_000,
        "numbers": np.arange(rows),
        "ip_versions": np.full(rows, 4),
        "source_ports": 1000 + np.array(flows),
        "destination_ports": np.full(rows, 443),
        "protocols": np.full(rows, 6),
        "source_addresses": _addresses("10.0.0.1", rows),
        "destination_addresses": _addresses("10.0.0.2", rows),
        **columns,
    }
    return PacketBatch(
        packets=np.zeros((rows, 1500), np.uint8),
        lengths=np.full(rows, 60),
        flows=np.array(flows),
        **columns,
    )


def _addresses(address, rows):
    packed = ipaddress.ip_address(address).packed.rjust(16, b"\0")
    return np.tile(np.frombuffer(packed, np.uint8), (rows, 1))


def _probabilities(first_application, auxiliary=(1, 0, 0)):
    """Probabilities of packets whose first application is so probable."""
    first = np.array(first_application)
    return {
        "application": np.stack([first, 1 - first], axis=1),
        "auxiliary": np.tile(auxiliary, (len(first), 1)),
    }


def test_five_tuples_of_rows_are_those_of_their_packets():
    batch = _batch(
        [0, 1, 2],
        ip_versions=np.array([4, 6, 4]),
        source_ports=np.array([1000, 5353, 0]),
        destination_ports=np.array([443, 1001, 0]),
        protocols=np.array([6, 17, 50]),
        source_addresses=np.concatenate(
            [_addresses(x, 1) for x in ("10.0.0.1", "2001::1", "10.0.0.1")]
        ),
        destination_addresses=np.concatenate(
            [_addresses(x, 1) for x in ("10.0.0.2", "::2", "10.0.0.2")]
        ),
    )
    [rows] = packet_rows("x", [(batch, _probabilities([1, 1, 1]))], TASKS)
    expected = FiveTuples.of_packets(batch, np.arange(3))
    received = five_tuples(rows)
    for name, values in vars(expected).items():
        np.testing.assert_array_equal(getattr(received, name), values)


def test_packet_row():
    batch = _batch(
        [3],
        microseconds=np.array([1_700_000_000_250_000]),
        numbers=np.array([17]),
    )
    [rows] = packet_rows("x.pcap", [(batch, _probabilities([0.25]))], TASKS)
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
    batch = _batch(
        [0, 1],
        ip_versions=np.array([6, 4]),
        protocols=np.array([50, 99]),
        source_ports=np.zeros(2),
        destination_ports=np.zeros(2),
        source_addresses=_addresses("2001:db8::1", 2),
        destination_addresses=_addresses("::", 2),
    )
    [[row, other]] = packet_rows("x", [(batch, _probabilities([1, 1]))], TASKS)
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
    batch = _batch([0], microseconds=np.array([microseconds]))
    [[row]] = packet_rows("x", [(batch, _probabilities([1]))], TASKS)
    assert row["time"] == expected


def test_flow_is_labelled_by_the_mean_of_its_packets():
    # Two of the three packets say Talkie, the mean (0.9 + 0.4 + 0.4) / 3 says
    # Courier.
    batch = _batch([7, 7, 7])
    [[row]] = flow_rows("x", [(batch, _probabilities([0.9, 0.4, 0.4]))], TASKS)
    assert row["packets"] == 3
    assert row["application"] == "Courier"
    assert row["application_probability"] == round(1.7 / 3, 4)


def test_flows_go_on_from_batch_to_batch_in_the_order_of_their_first_packet():
    batches = [
        (_batch([9, 4, 9]), _probabilities([0.0, 0.0, 0.5])),
        (_batch([1, 9]), _probabilities([1.0, 1.0])),
    ]
    [rows] = flow_rows("x", batches, TASKS)
    assert [row["source_port"] for row in rows] == [1009, 1004, 1001]
    assert [row["packets"] for row in rows] == [3, 1, 1]
    assert [row["time"][-10:] for row in rows] == [
        "00.000000Z",
        "01.000000Z",
        "00.000000Z",
    ]
    assert rows[0]["application_probability"] == 0.5


def test_flow_shows_the_direction_of_its_first_packet():
    batch = _batch(
        [5, 5],
        source_ports=np.array([443, 1000]),
        destination_ports=np.array([1000, 443]),
    )
    [[row]] = flow_rows("x", [(batch, _probabilities([1, 1]))], TASKS)
    assert (row["source_port"], row["destination_port"]) == (443, 1000)


def test_no_packets_give_no_rows():
    assert list(packet_rows("x", [], TASKS)) == []
    assert list(flow_rows("x", [], TASKS)) == []


def _scored(first_application, scores):
    return {**_probabilities(first_application), "unknown": np.array(scores)}


UNKNOWN = {
    "application": "unknown",
    "application_probability": None,
    "auxiliary": "unknown",
    "auxiliary_probability": None,
}


def test_packets_with_a_higher_score_are_unknown():
    batches = [(_batch([0, 0, 1]), _scored([1, 1, 1], [0.4, 0.5, 0.6]))]
    [rows] = packet_rows("x", batches, TASKS, highest=0.5)
    known, same, unknown = rows
    assert known["application"] == same["application"] == "Courier"
    assert unknown.items() >= UNKNOWN.items()
    assert list(unknown) == list(known)


def test_flow_is_unknown_by_its_mean_score():
    batches = [
        (_batch([0, 1]), _scored([1, 1], [0.0, 1.0])),
        (_batch([1, 0, 0]), _scored([1, 1, 1], [-0.5, 0.9, 0.9])),
    ]
    # The means are 0.6 and 0.25.
    [[unknown, known]] = flow_rows("x", batches, TASKS, highest=0.5)
    assert unknown.items() >= UNKNOWN.items()
    assert unknown["packets"] == 3
    assert known["application"] == "Courier"
    [rows] = flow_rows("x", batches, TASKS)
    assert [row["application"] for row in rows] == ["Courier"] * 2
