import numpy as np

from mtc_tf.evaluation.baselines import inputs

# IPv4, DF, TTL 64, TCP from port 50000 to 443, seq 0x01020304, ack 5, one byte.
PACKET = bytes.fromhex(
    "45 00 00 29 12 34 40 00 40 06 00 00 00 00 00 00 00 00 00 00"
    "c3 50 01 bb 01 02 03 04 00 00 00 05 50 18 01 00 00 00 00 00 ff"
)


def _rows():
    packets = np.zeros((2, 100), np.uint8)
    packets[:, : len(PACKET)] = list(PACKET)
    packets[1, 20:24] = [1, 0xBB, 0xC3, 0x50]  # the other way
    return {"packet": packets, "length": np.array([55, 55])}


def test_header_fields_of_the_specification():
    table = inputs.header(_rows())
    # Version, DF, wire length, up or down; TOS, IP length, id, TTL,
    # protocol, ports, lower and higher port, offset, flags, window, length
    # of UDP; seq, ack.
    known = [4, 1, 55, 1, 0, 41, 0x1234, 64, 6, 50_000, 443, 443, 50_000]
    known += [5, 0x18, 256, 0, 0x01020304, 5]
    np.testing.assert_array_equal(table[0], np.float32(known))
    assert table.dtype == np.float32
    np.testing.assert_array_equal(table[1, [3, 9, 10]], [0, 443, 50_000])


def test_what_tells_flows_apart_can_be_left_out():
    rows = _rows()
    known = [4, 1, 55, 1, 0, 41, 64, 6, 443, 5, 0x18, 256, 0]
    table = inputs.header_without_identity(rows)
    np.testing.assert_array_equal(table[0], known)


def test_lower_port_alone():
    np.testing.assert_array_equal(inputs.lower_port(_rows()), [[443], [443]])


def test_bytes():
    rows = _rows()
    np.testing.assert_array_equal(inputs.first_bytes(rows), rows["packet"])
    table = inputs.network_inputs(rows)
    assert table.shape == (2, 18 + 64)
    np.testing.assert_array_equal(table[:, 18:], rows["packet"][:, :64])
    assert 443 in table[0, :18]


def test_series_holds_each_packet_and_its_header():
    windows = np.zeros((1, 3, 68), np.float32)
    windows[0, 0, : len(PACKET)] = list(PACKET)
    windows[0, :2, 64:] = [[41, 0, 0.5, 20], [60, 1, 0.25, 21]]
    [row] = inputs.series({"series": windows})
    assert row.shape == (3 * 18 + 3 * 67 + 1,)
    header, packets = row[:54].reshape(3, 18), row[54:-1].reshape(3, 67)
    known = inputs.network_inputs(_rows())[0, :18]
    np.testing.assert_array_equal(header[0], known)
    np.testing.assert_array_equal(header[1:], 0)
    np.testing.assert_array_equal(packets[0, :42], windows[0, 0, :42])
    np.testing.assert_array_equal(packets[:2, 64:], windows[0, :2, 64:67])
    assert row[-1] == 20
