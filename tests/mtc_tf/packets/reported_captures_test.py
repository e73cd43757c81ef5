"""Captures of kinds that other tools were reported to read wrongly."""

import io

import numpy as np
import pytest
from capture_bytes import PcapNg
from capture_bytes import ipv4
from capture_bytes import udp
from shared_data import SHARED
from shared_data import requires_shared

from mtc_tf.errors import InputError
from mtc_tf.packets import CaptureReport
from mtc_tf.packets import preprocess_capture

PACKET = ipv4(udp(b"x" * 32), protocol=17)


def read(file, **kwargs):
    """Preprocesses a capture; returns its report and all rows."""
    report = CaptureReport()
    batches = list(preprocess_capture(file, report=report, **kwargs))
    rows = np.concatenate([batch.packets for batch in batches] or [[]])
    return report, rows


def test_cooked_captures_of_both_versions():
    section = PcapNg()
    cooked, cooked2 = bytes(14), bytes(18)
    frames = [
        (0, cooked + b"\x08\0" + PACKET),
        (1, b"\x08\0" + cooked2 + PACKET),
        (0, cooked + b"\x81\0\0\7\x08\0" + PACKET),
        (1, b"\x81\0" + cooked2 + b"\0\7\x08\0" + PACKET),
        # Announces 802.2 and holds none.
        (0, cooked + b"\0\4" + PACKET),
    ]
    content = section.section() + section.interface(113)
    content += section.interface(276)
    for interface, frame in frames:
        content += section.packet(frame, interface=interface)
    report, _ = read(io.BytesIO(content), name="x")
    assert (report.kept, report.dropped) == (4, {"not_ip": 1})


def test_interfaces_of_which_only_some_are_networks():
    section = PcapNg()
    content = section.section() + section.interface(220)
    content += section.interface(101) + section.interface(231)
    for interface, frame in enumerate((bytes(64), PACKET, bytes(64))):
        content += section.packet(frame, interface=interface)
    report, _ = read(io.BytesIO(content), name="x")
    assert (report.kept, report.dropped) == (1, {"unknown_link_type": 2})
    assert "220 (USB of Linux, padded), 231 (D-Bus)" in report.warnings[0]


REPORTS = SHARED / "bug_reports"
# Name -> packets kept, packets dropped and why.
EXPECTED = {
    "01_modified.pcap": (5, {}),
    "02_binary_clock.pcapng": (4, {}),
    "04_appended.pcap": (3, {"not_ip": 1}),
    "04_appended.pcap.gz": (5, {}),
    "05_radiotap.pcap": (0, {"unknown_link_type": 3}),
    "06_nflog.pcap": (0, {"unknown_link_type": 3}),
    "07_llc_snap.pcap": (3, {}),
    "08_mpls.pcap": (3, {}),
    "10_compressed.pcap.bz2": (5, {}),
    "10_compressed.pcap.xz": (5, {}),
    "10_compressed.pcap.zst": (5, {}),
    "12_cooked.pcapng": (4, {"not_ip": 1}),
    "13_caplen_over_len.pcap": (5, {}),
    "13_zeros_behind.pcap": (5, {"not_ip": 256}),
    "14_after_2038.pcap": (2, {}),
    "15_mixed_interfaces.pcapng": (2, {"unknown_link_type": 2}),
    "16_room_behind_options.pcapng": (5, {}),
    "17_headers_only.pcap": (0, {"payload_cut": 6}),
    "17_headers_only_udp.pcap": (0, {"payload_cut": 3}),
    "17_snap_96.pcap": (6, {}),
    "18_negative_offset.pcapng": (2, {}),
}


@requires_shared
@pytest.mark.parametrize("name", EXPECTED)
def test_reported_capture(name):
    report, _ = read(REPORTS / name)
    assert (report.kept, report.dropped) == EXPECTED[name]


@requires_shared
def test_reported_tunnels():
    _, one = read(REPORTS / "09_tunnels_a.pcap")
    _, other = read(REPORTS / "09_tunnels_b.pcap")
    assert len(one) == 4
    assert (one == other).all()


@requires_shared
def test_reported_compression_that_is_refused():
    with pytest.raises(InputError, match="compressed by lz4"):
        read(REPORTS / "10_compressed.pcap.lz4")


@requires_shared
def test_reported_nanoseconds():
    (batch,) = preprocess_capture(REPORTS / "14_nanoseconds.pcap")
    times = batch.microseconds - 1_700_000_000_000_000
    assert times.tolist()[0] == 444_223
