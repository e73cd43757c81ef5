import numpy as np
import pytest

from mtc_tf.packets.flows import flow_ids
from mtc_tf.packets.flows import from_upper_end

CLIENT = [0] * 12 + [10, 0, 0, 1]
SERVER = [0] * 12 + [10, 0, 0, 2]


def flow_id(
    source=CLIENT,
    destination=SERVER,
    ports=(40000, 443),
    protocol=6,
    version=4,
    group="",
):
    (value,) = flow_ids(
        np.array([source], np.uint8),
        np.array([destination], np.uint8),
        np.array([ports[0]], np.uint16),
        np.array([ports[1]], np.uint16),
        np.array([protocol], np.uint8),
        np.array([version], np.uint8),
        group,
    ).tolist()
    return value


def test_both_directions_are_one_flow():
    assert flow_id() == flow_id(SERVER, CLIENT, (443, 40000))


def test_both_directions_between_ports_of_one_host_are_one_flow():
    one_way = flow_id(CLIENT, CLIENT, (1, 2))
    assert one_way == flow_id(CLIENT, CLIENT, (2, 1))


@pytest.mark.parametrize(
    "other",
    [
        {"source": [0] * 12 + [10, 0, 0, 3]},
        {"destination": [1] + [0] * 11 + [10, 0, 0, 2]},
        {"ports": (40001, 443)},
        {"ports": (443, 40000)},  # the ports change sides, not the addresses
        {"protocol": 17},
        {"version": 6},
        {"group": "other"},
    ],
)
def test_what_differs_is_another_flow(other):
    assert flow_id(**other) != flow_id()


def test_values_are_pinned():
    # Splits by flow rest on them: they may never change.
    assert flow_id() == 6643934647316658135
    assert flow_id(group="skype") == 6197656642867349116


def test_ids_have_63_bits_and_do_not_collide():
    generator = np.random.default_rng(0)
    count = 20_000
    ids = flow_ids(
        generator.integers(0, 256, (count, 16), np.uint8),
        generator.integers(0, 256, (count, 16), np.uint8),
        generator.integers(0, 65536, count, np.uint16),
        generator.integers(0, 65536, count, np.uint16),
        np.full(count, 6, np.uint8),
        np.full(count, 6, np.uint8),
    )
    assert ids.dtype == np.int64
    assert (ids >= 0).all()
    assert len(np.unique(ids)) == count


def test_no_packets():
    empty = np.zeros(0, np.uint8)
    addresses = np.zeros((0, 16), np.uint8)
    assert flow_ids(addresses, addresses, empty, empty, empty, empty).size == 0


@pytest.mark.parametrize(
    ("source", "destination", "ports", "expected"),
    [
        (CLIENT, SERVER, (443, 40000), False),
        (SERVER, CLIENT, (40000, 443), True),
        (CLIENT, CLIENT, (1, 2), False),
        (CLIENT, CLIENT, (2, 1), True),
    ],
)
def test_two_directions_of_a_flow(source, destination, ports, expected):
    received = from_upper_end(
        np.array([source], np.uint8),
        np.array([destination], np.uint8),
        np.array([ports[0]], np.uint16),
        np.array([ports[1]], np.uint16),
    )
    assert received.tolist() == [expected]
