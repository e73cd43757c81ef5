import numpy as np
import pytest
from keras import ops

from mtc_tf.data.header_augmentation import RANDOM_BYTES
from mtc_tf.data.header_augmentation import augment_headers
from mtc_tf.features.header_fields import HEADER_FIELDS
from mtc_tf.features.header_fields import header_fields

scapy = pytest.importorskip("scapy.all")

COPIES = 4000
# Fields that may change in a row of each kind. Where the client's port is the
# source, the lower one stays.
PORT = {"source_port", "higher_port"}
OF_TCP = {"seq_high", "seq_low", "ack_high", "ack_low", "window"}


def _row(packet):
    row = np.zeros(80, np.uint8)
    data = np.frombuffer(bytes(packet), np.uint8)[:80]
    row[: len(data)] = data
    return row


def _tcp(source=50000, destination=443):
    return scapy.TCP(
        sport=source,
        dport=destination,
        seq=0x01020304,
        ack=0x05060708,
        window=0x1111,
        flags="PA",
    ) / (b"payload " * 4)


IPV4 = scapy.IP(ttl=64, id=0x2222)
IPV6 = scapy.IPv6(hlim=64)
PACKETS = {
    "tcp": (IPV4 / _tcp(), {"ip_id", "ttl"} | PORT | OF_TCP),
    "udp": (
        IPV4 / scapy.UDP(sport=50000, dport=53) / (b"query " * 6),
        {"ip_id", "ttl"} | PORT,
    ),
    "icmp": (IPV4 / scapy.ICMP() / (b"echo " * 9), {"ip_id", "ttl"}),
    "tcp over ipv6": (IPV6 / _tcp(), {"ttl"} | PORT | OF_TCP),
    "udp over ipv6": (
        IPV6 / scapy.UDP(sport=50000, dport=53) / (b"query " * 6),
        {"ttl"} | PORT,
    ),
    "other over ipv6": (
        IPV6 / scapy.ICMPv6EchoRequest(data=b"echo " * 9),
        {"ttl"},
    ),
}
BYTES = {  # of these fields: in IPv4, in IPv6
    "ip_id": ({4, 5}, set()),
    "ttl": ({8}, {7}),
    "source_port": ({20, 21}, {40, 41}),
    "seq_high": ({24, 25}, {44, 45}),
    "seq_low": ({26, 27}, {46, 47}),
    "ack_high": ({28, 29}, {48, 49}),
    "ack_low": ({30, 31}, {50, 51}),
    "window": ({34, 35}, {54, 55}),
}


def _augment(rows, seed=0, **rates):
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, 256, (len(rows), RANDOM_BYTES), "uint8")
    return ops.convert_to_numpy(augment_headers(rows, drawn, **rates))


@pytest.mark.parametrize("name", PACKETS)
@pytest.mark.parametrize("kind", ["randomize", "drop"])
def test_these_fields_change_as_often_as_asked_and_no_other_byte(kind, name):
    packet, fields = PACKETS[name]
    rows = np.tile(_row(packet), (COPIES, 1))
    changed = _augment(rows, **{kind: 0.4})
    assert changed.dtype == "uint8" and changed.shape == rows.shape
    of_version = 1 if "ipv6" in name else 0
    allowed = set().union(
        *(BYTES[field][of_version] for field in fields if field in BYTES)
    )
    assert set(np.flatnonzero((changed != rows).any(0))) == allowed
    before, after = header_fields(rows), header_fields(changed)
    for field in fields - {"higher_port"}:
        column = HEADER_FIELDS.index(field)
        values = after[:, column]
        rate = (values != before[:, column]).mean()
        # Of seven changes of the TTL one is none.
        expected = 0.4 * 6 / 7 if (field, kind) == ("ttl", "randomize") else 0.4
        assert rate == pytest.approx(expected, abs=0.03)
        if kind == "drop":
            assert set(values) == {0, before[0, column]}


def test_fields_change_by_themselves():
    rows = np.tile(_row(PACKETS["tcp"][0]), (COPIES, 1))
    dropped = header_fields(_augment(rows, drop=0.5)) == 0
    names = ["ip_id", "ttl", "source_port", "seq_low", "ack_low", "window"]
    columns = dropped[:, [HEADER_FIELDS.index(name) for name in names]]
    correlations = np.corrcoef(columns.T) - np.eye(6)
    assert np.abs(correlations).max() < 0.06


def test_new_values():
    rows = np.tile(_row(PACKETS["tcp"][0]), (COPIES, 1))
    fields = header_fields(_augment(rows, randomize=1.0))
    ttl = fields[:, HEADER_FIELDS.index("ttl")]
    np.testing.assert_array_equal(np.unique(ttl), np.arange(61, 68))
    port = fields[:, HEADER_FIELDS.index("source_port")]
    assert port.min() >= 1024 and port.max() > 65_000
    for name in ("ip_id", "seq_high", "seq_low", "ack_high", "window"):
        values = fields[:, HEADER_FIELDS.index(name)]
        np.testing.assert_allclose(
            np.quantile(values, [0.25, 0.5, 0.75]) / 65535,
            [0.25, 0.5, 0.75],
            atol=0.03,
        )


@pytest.mark.parametrize(("ttl", "low", "high"), [(2, 1, 5), (254, 251, 255)])
def test_ttl_stays_a_byte_above_zero(ttl, low, high):
    rows = np.tile(_row(scapy.IP(ttl=ttl) / _tcp()), (300, 1))
    changed = _augment(rows, randomize=1.0)[:, 8]
    assert (changed.min(), changed.max()) == (low, high)


def test_client_port_is_the_higher_one():
    rows = np.tile(_row(IPV4 / _tcp(443, 50000)), (100, 1))
    changed = _augment(rows, drop=1.0)
    fields = header_fields(changed)
    assert (fields[:, HEADER_FIELDS.index("source_port")] == 443).all()
    assert (fields[:, HEADER_FIELDS.index("destination_port")] == 0).all()


def test_both_at_once():
    rows = np.tile(_row(PACKETS["udp"][0]), (COPIES, 1))
    ip_id = header_fields(_augment(rows, randomize=0.25, drop=0.5))[:, 2]
    assert (ip_id == 0).mean() == pytest.approx(0.5, abs=0.03)
    assert (ip_id == 0x2222).mean() == pytest.approx(0.25, abs=0.03)


def test_rows_that_are_no_packet_and_rates_of_zero_change_nothing():
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 256, (200, 80), "uint8")
    np.testing.assert_array_equal(_augment(rows), rows)
    rows[:, 0] = rng.choice([0x00, 0x55, 0xFF], 200)
    np.testing.assert_array_equal(_augment(rows, drop=1.0), rows)


def test_series_of_packets():
    rows = np.stack([_row(packet) for packet, _ in PACKETS.values()])
    drawn = np.random.default_rng(0).integers(
        0, 256, (6, RANDOM_BYTES), "uint8"
    )
    flat = augment_headers(rows, drawn, randomize=0.5)
    series = augment_headers(
        rows.reshape(2, 3, -1), drawn.reshape(2, 3, -1), randomize=0.5
    )
    np.testing.assert_array_equal(
        ops.convert_to_numpy(series).reshape(6, -1), ops.convert_to_numpy(flat)
    )
