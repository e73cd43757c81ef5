import numpy as np
import pytest
from scapy.layers.inet import IP
from scapy.layers.inet import TCP
from scapy.layers.inet import UDP
from scapy.layers.inet6 import IPv6

from mtc_tf.features.header_fields import HEADER_BYTES
from mtc_tf.features.header_fields import HEADER_FIELDS
from mtc_tf.features.header_fields import header_fields

ROW = 100
TCP_HEADER = {
    "sport": 51234,
    "dport": 443,
    "seq": 0x89ABCDEF,
    "ack": 0x01234567,
    "dataofs": 8,
    "flags": "PA",
    "window": 64240,
}
TCP_FIELDS = {
    "source_port": 51234,
    "destination_port": 443,
    "lower_port": 443,
    "higher_port": 51234,
    "seq_high": 0x89AB,
    "seq_low": 0xCDEF,
    "ack_high": 0x0123,
    "ack_low": 0x4567,
    "data_offset": 8,
    "tcp_flags": 0x18,
    "window": 64240,
}
UDP_FIELDS = {
    "source_port": 53000,
    "destination_port": 60000,
    "lower_port": 53000,
    "higher_port": 60000,
    "udp_length": 1208,
}
PACKETS = {
    "tcp": (
        IP(tos=0x2E, id=0xBEEF, flags="DF", ttl=57, len=1480)
        / TCP(**TCP_HEADER),
        {
            "tos": 0x2E,
            "ip_length": 1480,
            "ip_id": 0xBEEF,
            "fragment": 0x4000,
            "ttl": 57,
            "protocol": 6,
            **TCP_FIELDS,
        },
    ),
    "udp": (
        IP(ttl=128, id=7, len=1228, frag=3, flags="MF")
        / UDP(sport=53000, dport=60000, len=1208),
        {
            "ip_length": 1228,
            "ip_id": 7,
            "fragment": 0x2003,
            "ttl": 128,
            "protocol": 17,
            **UDP_FIELDS,
        },
    ),
    "ipv6 tcp": (
        IPv6(tc=0xA5, fl=0xFFFFF, plen=300, hlim=3) / TCP(**TCP_HEADER),
        {
            "tos": 0xA5,
            "ip_length": 340,
            "ttl": 3,
            "protocol": 6,
            **TCP_FIELDS,
        },
    ),
    "ipv6 udp": (
        IPv6(plen=1208, hlim=64) / UDP(sport=53000, dport=60000, len=1208),
        {"ip_length": 1248, "ttl": 64, "protocol": 17, **UDP_FIELDS},
    ),
    "esp": (
        IP(proto=50, len=120, ttl=255, id=0) / bytes(range(1, 81)),
        {"ip_length": 120, "ttl": 255, "protocol": 50},
    ),
}


def _row(packet):
    return np.frombuffer(bytes(packet)[:ROW].ljust(ROW, b"\0"), np.uint8)


@pytest.mark.parametrize("packet, expected", PACKETS.values(), ids=PACKETS)
def test_fields_of_a_packet(packet, expected):
    [fields] = header_fields(_row(packet)[np.newaxis])
    received = dict(zip(HEADER_FIELDS, fields.tolist(), strict=True))
    assert received == dict.fromkeys(HEADER_FIELDS, 0) | expected


def test_packets_do_not_touch_each_other():
    rows = np.stack([_row(packet) for packet, _ in PACKETS.values()])
    together = header_fields(rows)
    assert together.shape == (len(PACKETS), len(HEADER_FIELDS))
    for row, fields in zip(rows, together, strict=True):
        np.testing.assert_array_equal(header_fields(row[np.newaxis])[0], fields)


def test_bytes_behind_the_headers_do_not_count():
    row = _row(PACKETS["ipv6 tcp"][0])
    np.testing.assert_array_equal(
        header_fields(row[np.newaxis]),
        header_fields(row[np.newaxis, :HEADER_BYTES]),
    )


def test_no_row_is_an_error_of_no_kind():
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 256, (5000, HEADER_BYTES), np.uint8)
    fields = header_fields(rows)
    assert fields.min() >= 0
    assert fields.max() < 2**17


def test_rows_that_are_too_short():
    with pytest.raises(ValueError, match="60 bytes each.*(3, 59)"):
        header_fields(np.zeros((3, 59), np.uint8))
