import numpy as np
import pytest

from mtc_tf.packets import fields
from mtc_tf.packets.row_fields import KINDS
from mtc_tf.packets.row_fields import ROW_FIELDS
from mtc_tf.packets.row_fields import fields_of_kind
from mtc_tf.packets.row_fields import packet_kinds


def _packet(version, protocol):
    packet = np.zeros(64, "uint8")
    packet[0] = version << 4
    packet[9 if version == 4 else 6] = protocol
    return packet


def test_kinds_are_told_by_version_and_protocol():
    packets = np.stack(
        [_packet(4, 6), _packet(4, 17), _packet(4, 47), _packet(6, 6)]
    )
    assert [KINDS[kind] for kind in packet_kinds(packets)] == [
        ("IPv4", "TCP"),
        ("IPv4", "UDP"),
        ("IPv4", "other"),
        ("IPv6", "TCP"),
    ]


def _places(kind, length=64):
    """Dict from the name of a field to its bytes."""
    found = {}
    numbers = fields_of_kind(KINDS.index(kind), length)
    for place, number in enumerate(numbers):
        found.setdefault(ROW_FIELDS[number], []).append(place)
    return found


def test_bytes_of_ipv4_and_tcp():
    places = _places(("IPv4", "TCP"))
    assert places["ip.length"] == [2, 3]
    assert places["ip.ttl"] == [8]
    assert places["transport.ports"] == [20, 21, 22, 23]
    assert places["tcp.flags"] == [33]
    assert places["payload"] == list(range(40, 64))
    assert "udp.length" not in places


def test_bytes_of_ipv6_and_udp():
    places = _places(("IPv6", "UDP"))
    assert places["ip.ttl"] == [7]
    assert places["udp.length"] == [44, 45]
    assert places["payload"] == list(range(60, 64))


def test_other_transports_have_their_payload_behind_ip():
    assert _places(("IPv4", "other"))["payload"] == list(range(20, 64))


def test_rows_shorter_than_headers():
    assert len(fields_of_kind(0, 24)) == 24


@pytest.mark.parametrize("name", sorted(set(ROW_FIELDS) & set(fields.FIELDS)))
def test_fields_lie_where_recipes_and_masks_have_them(name):
    for layer, (first, last) in fields.FIELDS[name].items():
        # Of the flow label the first half byte lies in a shared byte.
        first += name == "ip.flow_label"
        for kind in KINDS:
            headers = [header.lower() for header in kind]
            if layer in headers:
                start = headers.index(layer) * (20 if kind[0] == "IPv4" else 40)
                expected = list(range(start + first, start + last))
                assert _places(kind)[name] == expected
