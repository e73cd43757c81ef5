import numpy as np
import pytest

from mtc_tf.evaluation.ablation.ablations import ABLATIONS
from mtc_tf.evaluation.ablation.ablations import RANDOMISED
from mtc_tf.evaluation.ablation.ablations import ZEROED
from mtc_tf.evaluation.ablation.ablations import Packets

BY_NAME = {ablation.name: ablation for ablation in ABLATIONS}
TCP, UDP = 6, 17


def _row(protocol, filled):
    """An IPv4 packet of 64 bytes, all alike but version and protocol."""
    row = np.full(64, filled, np.uint8)
    row[0], row[9] = 0x45, protocol
    return row


# Three of TCP, two of UDP and one of ESP.
ROWS = np.stack(
    [
        *(_row(TCP, filled) for filled in (11, 12, 13)),
        *(_row(UDP, filled) for filled in (21, 22)),
        _row(50, 31),
    ]
)
SIZES = np.array([110, 120, 130, 210, 220, 310])


def _without(name, how, seed=0):
    return Packets(ROWS, SIZES, seed).without(BY_NAME[name], how)


@pytest.mark.parametrize(
    ("name", "of_tcp", "of_udp", "of_esp"),
    [
        ("checksums", [10, 11, 36, 37], [10, 11, 26, 27], [10, 11]),
        ("ip.id", [4, 5], [4, 5], [4, 5]),
        ("ip.ttl", [8], [8], [8]),
        ("ip.flow_label", [], [], []),
        ("lengths", [2, 3], [2, 3, 24, 25], [2, 3]),
        ("transport.ports", range(20, 24), range(20, 24), []),
        ("tcp.seq, tcp.ack", range(24, 32), [], []),
        ("tcp.window", [34, 35], [], []),
        ("headers only", range(40, 64), range(40, 64), range(20, 64)),
        ("payload only", range(40), range(40), range(20)),
    ],
)
def test_bytes_that_are_zeroed(name, of_tcp, of_udp, of_esp):
    rows, _ = _without(name, ZEROED)
    expected = ROWS.copy()
    for number, places in zip(
        range(6), (of_tcp, of_tcp, of_tcp, of_udp, of_udp, of_esp), strict=True
    ):
        expected[number, list(places)] = 0
    np.testing.assert_array_equal(rows, expected)


def test_length_only_keeps_what_tells_where_it_stands():
    rows, sizes = _without("length only", ZEROED)
    kept = {int(x): int(rows[3, x]) for x in np.flatnonzero(rows[3])}
    # Of the first byte the version alone.
    assert kept == {0: 0x40, 2: 21, 3: 21, 9: UDP, 24: 21, 25: 21}
    np.testing.assert_array_equal(sizes, SIZES)


def test_random_bytes_are_those_of_another_packet_of_the_kind():
    rows, sizes = _without("lengths", RANDOMISED)
    # Three packets in a ring, two change places, one is alone.
    assert rows[:3, 2].tolist() in ([12, 13, 11], [13, 11, 12])
    assert rows[3:, 2].tolist() == [22, 21, 31]
    assert rows[3:, 24].tolist() == [22, 21, 31]
    np.testing.assert_array_equal(sizes, rows[:, 2].astype(int) * 10)
    # The rest is their own.
    rows[:, [2, 3]] = ROWS[:, [2, 3]]
    rows[3:5, 24:26] = ROWS[3:5, 24:26]
    np.testing.assert_array_equal(rows, ROWS)


@pytest.mark.parametrize(
    ("name", "goes"),
    [
        ("lengths", True),
        ("payload only", True),
        ("headers only", False),
        ("ip.ttl", False),
    ],
)
def test_size_beside_the_bytes_goes_with_the_length(name, goes):
    _, sizes = _without(name, ZEROED)
    np.testing.assert_array_equal(sizes, 0 if goes else SIZES)


def test_seed_decides_who_gives():
    rows = np.stack([_row(TCP, filled) for filled in range(200)])

    def given(seed):
        packets = Packets(rows, np.zeros(200), seed)
        return packets.without(BY_NAME["ip.ttl"], RANDOMISED)[0][:, 8].tolist()

    assert given(0) == given(0) != given(1)
    assert sorted(given(0)) == list(range(200))
    assert not set(enumerate(given(0))) & {(x, x) for x in range(200)}


def test_rows_stay_as_they_are():
    before = ROWS.copy()
    for ablation in ABLATIONS:
        for how in (ZEROED, RANDOMISED):
            Packets(ROWS, SIZES).without(ablation, how)
    np.testing.assert_array_equal(ROWS, before)
