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


def _rows(packets, masks=()):
    frames = FrameBatch.from_records(
        packets,
        ticks=[0] * len(packets),
        wire_lengths=list(map(len, packets)),
        interfaces=[(RAW_IP, 1)] * len(packets),
    )
    return preprocess(frames, "paper", masks).packets


def test_structures_of_rows():
    versions, protocols = row_structures(_rows(list(PACKETS.values())))
    assert list(zip(versions, protocols, strict=True)) == list(PACKETS)


@pytest.mark.parametrize("mask", MASKS)
def test_cleared_bits_are_what_preprocessing_masks(mask):
    packets = list(PACKETS.values())
    bits = np.stack([row_bits([mask], *structure) for structure in PACKETS])
    np.testing.assert_array_equal(
        _rows(packets) & ~bits, _rows(packets, [mask])
    )


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
