import numpy as np
import pytest
from capture_bytes import ipv4
from capture_bytes import ipv6
from capture_bytes import tcp
from capture_bytes import udp

from mtc_tf.packets.fields import MASKS
from mtc_tf.packets.frame_batch import FrameBatch
from mtc_tf.packets.preprocessing import preprocess
from mtc_tf.packets.row_bits import STRUCTURE
from mtc_tf.packets.row_bits import mask_rows
from mtc_tf.packets.row_bits import row_bits
from mtc_tf.packets.row_bits import row_structures

RAW_IP = 101
PACKETS = {
    (4, 6): ipv4(tcp()),
    (4, 17): ipv4(udp(), protocol=17),
    (4, 50): ipv4(b"\xff" * 30, protocol=50),
    (6, 6): ipv6(tcp(), flow_label=0xABCDE),
    (6, 17): ipv6(udp(), protocol=17, flow_label=0xABCDE),
    (6, 50): ipv6(b"\xff" * 30, protocol=50),
}


def _rows(packets, masks=(), recipe="paper"):
    frames = FrameBatch.from_records(
        packets,
        ticks=[0] * len(packets),
        wire_lengths=list(map(len, packets)),
        interfaces=[(RAW_IP, 1)] * len(packets),
    )
    return preprocess(frames, recipe, masks).packets


def test_structures_of_rows():
    versions, protocols = row_structures(_rows(list(PACKETS.values())))
    assert list(zip(versions, protocols, strict=True)) == list(PACKETS)


@pytest.mark.parametrize("recipe", ["paper", "strict"])
@pytest.mark.parametrize("mask", MASKS)
def test_rows_that_are_masked_later_are_those_preprocessed_with_masks(
    mask, recipe
):
    inner = ipv4(udp(), protocol=17)
    tunnel = ipv4(bytes.fromhex("00000800") + inner, protocol=47)
    packets = [*PACKETS.values(), tunnel]
    rows = _rows(packets, recipe=recipe)
    masked = mask_rows(rows, [mask])
    np.testing.assert_array_equal(masked, _rows(packets, [mask], recipe))
    # All zeros under the recipe already.
    gone = {"ip.checksum", "transport.checksum", "ip.flow_label"}
    assert (masked != rows).any() == (recipe == "paper" or mask not in gone)


def test_masked_rows_by_hand():
    rows = np.zeros((2, 60), np.uint8)
    rows[0, :10] = 0x45, 1, 2, 3, 4, 5, 6, 7, 8, 17
    rows[1, :10] = 0x60, 1, 2, 3, 4, 5, 6, 7, 8, 9
    masked = mask_rows(rows, ["ip.length", "ip.ttl"])
    assert masked[0, :10].tolist() == [0x45, 1, 0, 0, 4, 5, 6, 7, 0, 17]
    assert masked[1, :10].tolist() == [0x60, 1, 2, 3, 0, 0, 6, 0, 8, 9]
    assert rows[0, 2] == 2  # a copy
    assert mask_rows(rows[:0], ["ip.ttl"]).shape == (0, 60)


@pytest.mark.parametrize("next_header", [6, 17])
def test_transport_behind_extension_headers_is_masked(next_header):
    transport = {6: tcp, 17: udp}[next_header](b"data")
    options = bytes([next_header, 0, 1, 4, 0, 0, 0, 0])  # of hop by hop
    [row] = _rows([ipv6(options + transport, protocol=0)])
    [masked] = mask_rows(row[np.newaxis], ["transport.ports"])
    assert row[40:44].any() and not masked[40:44].any()
    np.testing.assert_array_equal(masked[44:], row[44:])
    assert row[60:64].tobytes() == b"data"
    [masked] = mask_rows(row[np.newaxis], ["payload"])
    assert not masked[60:].any() and masked[40:44].any()


def test_places_by_hand():
    ttl = row_bits(["ip.ttl", "udp.length"], 4, 17)
    assert {int(x): int(ttl[x]) for x in np.flatnonzero(ttl)} == dict.fromkeys(
        (8, 24, 25), 255
    )
    label = row_bits(["ip.flow_label"], 6, 6)
    assert label[:5].tolist() == [0, 0x0F, 0xFF, 0xFF, 0]
    payload = row_bits(["payload"], 6, 6, length=64)
    assert np.flatnonzero(payload).tolist() == [60, 61, 62, 63]


def test_structure_is_version_and_protocol():
    for version, place in ((4, 9), (6, 6)):
        bits = row_bits([STRUCTURE], version, 6)
        assert np.flatnonzero(bits).tolist() == [0, place]
        assert bits[[0, place]].tolist() == [0xF0, 0xFF]


def test_row_that_is_no_packet_has_no_header():
    assert not row_bits(["ip.ttl", STRUCTURE], 0, 0).any()
