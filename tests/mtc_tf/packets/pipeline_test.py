"""Whole captures: reports, side information, and the public captures."""

import io

import numpy as np
import pytest
from capture_bytes import PcapNg
from capture_bytes import ethernet
from capture_bytes import ipv4
from capture_bytes import ipv6
from capture_bytes import mpls
from capture_bytes import pcap
from capture_bytes import pppoe
from capture_bytes import tcp
from capture_bytes import udp
from lab_captures import lab_capture
from packet_reference import reference_row
from shared_data import SHARED
from shared_data import requires_shared

from mtc_tf.packets import CaptureReport
from mtc_tf.packets import preprocess_capture
from mtc_tf.packets import read_capture
from mtc_tf.packets.frame_batches import CHUNK_FRAMES

FRAMES = [
    ethernet(bytes(28), ethertype=0x0806),
    ethernet(ipv4(tcp(b"request", ports=(40000, 443)))),
    ethernet(ipv4(tcp(b"", ports=(40000, 443)))),
    ethernet(ipv6(udp(b"other", ports=(50000, 443)), protocol=17), 0x86DD),
    ethernet(
        ipv4(
            tcp(b"answer", ports=(443, 40000)),
            source=bytes((10, 0, 0, 2)),
            destination=bytes((10, 0, 0, 1)),
        )
    ),
    ethernet(ipv4(b"no ports", protocol=50)),
]


def batches_of(content, **kwargs):
    return list(preprocess_capture(io.BytesIO(content), name="x", **kwargs))


def test_report_counts_every_packet():
    report = CaptureReport()
    wire_lengths = list(map(len, FRAMES))
    wire_lengths[1] += 10
    frames = FRAMES.copy()
    frames[1] = ethernet(ipv4(tcp(b"request"), total=57))
    batches_of(pcap(frames, wire_lengths=wire_lengths), report=report)
    assert report.as_dict() == {
        "capture": "x",
        "read": 6,
        "kept": 4,
        "truncated": 1,
        "dropped": {"arp": 1, "empty_tcp": 1},
        "warnings": [],
    }


def test_what_each_packet_carries():
    (batch,) = batches_of(pcap(FRAMES))
    assert len(batch) == 4
    assert batch.numbers.tolist() == [1, 3, 4, 5]
    assert batch.timestamps.tolist() == [1.0, 3.0, 4.0, 5.0]
    assert batch.lengths.tolist() == [len(FRAMES[i]) for i in (1, 3, 4, 5)]
    assert batch.ip_versions.tolist() == [4, 6, 4, 4]
    assert batch.protocols.tolist() == [6, 17, 6, 50]
    assert batch.source_ports.tolist() == [40000, 50000, 443, 0]
    assert batch.destination_ports.tolist() == [443, 443, 40000, 0]
    assert batch.source_addresses[0].tolist() == [0] * 12 + [10, 0, 0, 1]
    assert batch.destination_addresses[0].tolist() == [0] * 12 + [10, 0, 0, 2]
    assert batch.source_addresses[1].tobytes() == FRAMES[3][22:38]
    assert batch.destination_addresses[1].tobytes() == FRAMES[3][38:54]


def test_types_and_shapes():
    (batch,) = batches_of(pcap(FRAMES))
    types = {
        "packets": (np.uint8, (4, 1500)),
        "timestamps": (np.float64, (4,)),
        "lengths": (np.int32, (4,)),
        "flows": (np.int64, (4,)),
        "numbers": (np.int64, (4,)),
        "source_addresses": (np.uint8, (4, 16)),
        "destination_addresses": (np.uint8, (4, 16)),
        "ip_versions": (np.uint8, (4,)),
        "source_ports": (np.uint16, (4,)),
        "destination_ports": (np.uint16, (4,)),
        "protocols": (np.uint8, (4,)),
    }
    for name, (dtype, shape) in types.items():
        array = getattr(batch, name)
        assert (name, array.dtype, array.shape) == (name, dtype, shape)


def test_flows():
    (batch,) = batches_of(pcap(FRAMES))
    request, other, answer, no_ports = batch.flows.tolist()
    assert request == answer
    assert len({request, other, no_ports}) == 3
    (batch,) = batches_of(pcap(FRAMES), group="g")
    assert not set(batch.flows.tolist()) & {request, other, no_ports}


def test_a_batch_stays_as_it_is_when_the_next_one_is_drawn():
    frames = [ethernet(ipv4(tcp(bytes([i]) * 9))) for i in (1, 2)]
    one, two = batches_of(pcap([frames[0]] * CHUNK_FRAMES + [frames[1]]))
    assert (one.packets[:, 40] == 1).all()
    assert (two.packets[:, 40] == 2).all()


def test_chunks_without_a_kept_packet_give_no_batch():
    report = CaptureReport()
    assert batches_of(pcap(FRAMES[:1] * 5000), report=report) == []
    assert report.dropped == {"arp": 5000}


def test_one_warning_for_all_packets_of_unknown_link_types():
    section = PcapNg()
    content = section.section()
    content += section.interface(147) + section.interface(1)
    content += section.interface(127)
    for interface in (2, 0, 1, 0):
        content += section.packet(FRAMES[1], interface=interface)
    report = CaptureReport()
    (batch,) = batches_of(content, report=report)
    assert batch.numbers.tolist() == [2]
    assert report.dropped == {"unknown_link_type": 3}
    assert report.warnings == [
        "packets of unknown link types were dropped: "
        "127 (IEEE 802.11 radiotap), 147"
    ]


def test_one_warning_for_all_link_headers_that_are_not_read():
    frames = [
        ethernet(bytes(60), ethertype=0x88E5),
        ethernet(mpls(bytes(60)), ethertype=0x8847),
        ethernet(bytes(60), ethertype=0x88E5),
        ethernet(pppoe(b"\x00\x3d" + bytes(60)), ethertype=0x8864),
        ethernet(FRAMES[1][14:], tags=(0x8100,) * 17),
        ethernet(bytes(60), ethertype=0x88CC),
        FRAMES[1],
    ]
    report = CaptureReport()
    (batch,) = batches_of(pcap(frames), report=report)
    assert batch.numbers.tolist() == [6]
    assert report.dropped == {"unread_link_header": 5, "not_ip": 1}
    assert report.warnings == [
        "packets behind link headers that are not read were dropped: "
        "MACsec, MPLS with other content than IP, PPP multilink, "
        "more than 16 tags"
    ]


@pytest.mark.parametrize(
    "link_type, name",
    [
        (105, "105 (IEEE 802.11)"),
        (127, "127 (IEEE 802.11 radiotap)"),
        (239, "239 (NFLOG)"),
        (189, "189 (USB of Linux)"),
        (231, "231 (D-Bus)"),
        (65535, "65535"),
    ],
)
def test_unknown_link_types_are_named(link_type, name):
    report = CaptureReport()
    batches_of(pcap(FRAMES, link_type=link_type), report=report)
    assert report.dropped == {"unknown_link_type": len(FRAMES)}
    assert report.warnings == [
        f"packets of unknown link types were dropped: {name}"
    ]


def test_warning_names_the_first_of_many_link_types():
    section = PcapNg()
    content = section.section()
    for number in range(1000):
        content += section.interface(link_type=10_000 + number)
        content += section.packet(FRAMES[1], interface=number)
    report = CaptureReport()
    assert batches_of(content, report=report) == []
    [warning] = report.warnings
    assert warning.endswith(" 10018, 10019 and 980 others")


def test_payload_that_was_cut_off_is_not_absent():
    packets = [
        ipv4(tcp(bytes(600)), id=7),
        ipv4(udp(bytes(600)), protocol=17),
        ipv6(tcp(bytes(600))),
        ipv4(tcp(bytes(600), options=bytes(12))),
        ipv4(bytes(600), protocol=50),
    ]
    frames = [
        *(ethernet(packet) for packet in packets[:2]),
        ethernet(packets[2], 0x86DD),
        *(ethernet(packet) for packet in packets[3:]),
    ]
    headers = [54, 42, 74, 60, 34]
    report = CaptureReport()
    cut = [
        frame[:header] for frame, header in zip(frames, headers, strict=True)
    ]
    content = pcap(cut, wire_lengths=list(map(len, frames)))
    assert batches_of(content, report=report) == []
    assert report.dropped == {"payload_cut": 5}
    assert report.truncated == 0
    # One byte of the payload is enough.
    cut = [
        frame[: header + 1]
        for frame, header in zip(frames, headers, strict=True)
        if header != 60
    ]
    report = CaptureReport()
    batches_of(pcap(cut), report=report)
    assert (report.kept, report.truncated) == (4, 4)


def test_no_payload_is_cut_off_behind_an_offloaded_header():
    frames = [ethernet(ipv4(tcp(b"", options=bytes(4)), total=0))] * 2
    frames[1] = frames[1][:-4]
    report = CaptureReport()
    content = pcap(frames, wire_lengths=[len(frames[0])] * 2)
    assert batches_of(content, report=report) == []
    assert report.dropped == {"empty_tcp": 2}


def test_cut_capture_gives_the_packets_before_and_a_warning():
    report = CaptureReport()
    (batch,) = batches_of(pcap(FRAMES)[:-1], report=report)
    assert batch.numbers.tolist() == [1, 3, 4]
    assert report.read == 5
    assert len(report.warnings) == 1


def test_name_is_the_stem_of_the_path(tmp_path):
    path = tmp_path / "Skype_1.pcap"
    path.write_bytes(pcap(FRAMES))
    report = CaptureReport()
    list(preprocess_capture(path, report=report))
    assert report.capture == "Skype_1"


def test_unknown_recipe_or_mask():
    with pytest.raises(ValueError, match="paper, strict. Received: none"):
        batches_of(pcap(FRAMES), recipe="none")
    with pytest.raises(ValueError, match="`masks` must be of .*: ip.tos"):
        batches_of(pcap(FRAMES), masks=["ip.id", "ip.tos"])


@requires_shared
def test_all_public_captures_pass_and_their_counts_add_up():
    paths = [
        path
        for path in sorted(SHARED.rglob("*"))
        if path.suffix in (".pcap", ".pcapng")
        and "bug_reports" not in path.parts
    ]
    assert len(paths) == 81
    for path in paths:
        report = CaptureReport()
        kept = sum(map(len, preprocess_capture(path, report=report)))
        assert report.warnings == []
        assert kept == report.kept
        assert report.read == report.kept + sum(report.dropped.values())
        assert kept > 0


@requires_shared
def test_rows_of_public_captures_equal_the_reference():
    for path in sorted((SHARED / "other_captures").glob("ntop*.pcap*")):
        _assert_equals_reference(path)


@pytest.mark.parametrize(
    "name", ["sftp_1", "sip_1", "torrent_1", "vpn_openvpn_udp_hls_1"]
)
def test_rows_of_lab_captures_equal_the_reference(name):
    _assert_equals_reference(lab_capture(name))


def _assert_equals_reference(path):
    expected = {}
    for frames in read_capture(path):
        for index, start in enumerate(frames.starts):
            end = start + frames.lengths[index]
            row, _, _ = reference_row(
                frames.data[start:end].tobytes(),
                link_type=frames.link_types[index],
                recipe="strict",
            )
            if row is not None:
                expected[frames.first_number + index] = row
    received = {}
    for batch in preprocess_capture(path):
        rows = map(bytes, batch.packets)
        received.update(zip(batch.numbers.tolist(), rows, strict=True))
    assert received == expected
