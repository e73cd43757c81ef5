import pathlib
import tempfile

import numpy as np
import pytest
from small_captures import write_small_capture

from mtc_tf.data.capture_scan import scan_captures
from mtc_tf.data.capture_source import CaptureSource
from mtc_tf.data.labels import read_label_map
from mtc_tf.errors import InputError
from mtc_tf.packets import preprocess_capture


def _capture(path, name="call", traffic_type="VoIP"):
    return _with_rows(path, f"*,App,{traffic_type},group,", name=name)


def _with_rows(path, *rows, name="call"):
    lines = ["capture,application,traffic_type,group,flows", *rows]
    label_map = read_label_map("\n".join(lines).encode(), name="labels.csv")
    folder = pathlib.Path(tempfile.mkdtemp(dir=path.parent))
    source = CaptureSource.of(
        path, label_map.lookup(name), name=name, recipe="strict"
    )
    [capture] = scan_captures([source], folder).captures()
    return capture


def _ids(path, group):
    """The flows of a capture, in the order of their first packets."""
    flows = next(preprocess_capture(path, group=group)).flows
    return flows[np.sort(np.unique(flows, return_index=True)[1])].tolist()


def test_packets_and_flows_are_numbered(tmp_path):
    path = tmp_path / "call.pcap"
    write_small_capture(path, flows=2, packets=3)
    capture = _capture(path)
    assert capture.report.kept == 6
    np.testing.assert_array_equal(capture.numbers, range(6))
    assert len(capture.flows) == 2
    first, *_, last = capture.flow_rows
    np.testing.assert_array_equal(capture.flow_rows, [first] * 3 + [last] * 3)


def test_packets_of_one_part(tmp_path):
    path = tmp_path / "call.pcap"
    write_small_capture(path, flows=2, packets=3)
    capture = _capture(path)
    capture.parts = np.array([0, 1, 2, 0, 1, -1], np.int8)
    expected = next(preprocess_capture(path)).packets
    path.unlink()
    ((rows, stored),) = capture.batches_of(1)
    np.testing.assert_array_equal(rows, [1, 4])
    np.testing.assert_array_equal(stored.packets, expected[rows])
    assert list(capture.batches_of(3)) == []


def test_flows_have_the_labels_of_their_rows(tmp_path):
    path = tmp_path / "call.pcap"
    write_small_capture(path, flows=4, packets=3)
    # Of clients at ports 40000 to 40003; a group is the capture's if not named.
    capture = _with_rows(
        path,
        "call,Phone,VPN: VoIP,,port 40001",
        "call,Mail,Email,,port 40000 or port 40003",
    )
    assert capture.left_out == {"flows": 1, "packets": 3}
    # Both directions of each flow.
    np.testing.assert_array_equal(
        capture.numbers, [0, 1, 2, 3, 4, 5, 9, 10, 11]
    )
    first, second, _, fourth = _ids(path, "call")
    applications = capture.of_flows(lambda labels: labels.application)
    assert dict(zip(capture.flows.tolist(), applications, strict=True)) == {
        first: "Mail",
        second: "Phone",
        fourth: "Mail",
    }
    assert capture.vpn.tolist() == (applications == "Phone").tolist()
    capture.parts = np.zeros(9, np.int8)
    ((rows, stored),) = capture.batches_of(0)
    expected = next(preprocess_capture(path)).packets
    np.testing.assert_array_equal(
        stored.packets, expected[capture.numbers[rows]]
    )


def test_flows_of_two_groups_have_ids_of_their_own_group(tmp_path):
    path = tmp_path / "call.pcap"
    write_small_capture(path, flows=2, packets=3)
    capture = _with_rows(
        path, "call,App,VoIP,alice,port 40001", "call,App,VoIP,bob,"
    )
    # As in another capture of Alice, or of Bob.
    expected = [_ids(path, "bob")[0], _ids(path, "alice")[1]]
    assert capture.flows[capture.flow_rows[[0, 3]]].tolist() == expected
    groups = capture.of_flows(lambda labels: labels.group)
    assert groups[capture.flow_rows].tolist() == ["bob"] * 3 + ["alice"] * 3


def test_no_flow_has_labels(tmp_path):
    path = tmp_path / "call.pcap"
    write_small_capture(path, flows=2)
    capture = _with_rows(path, "call,App,VoIP,,tcp")
    assert len(capture.flows) == len(capture.numbers) == 0
    assert capture.left_out == {"flows": 2, "packets": 6}


def test_two_filters_match_one_flow(tmp_path):
    path = tmp_path / "call.pcap"
    write_small_capture(path, flows=2)
    with pytest.raises(
        InputError,
        match=r"labels.csv, column `flows`: .* the flow udp "
        r"192.0.2.10:40001 - 198.51.100.1:5004 of the capture 'call', received "
        r"two: 'port 40001' of 'call' and 'udp' of 'call'",
    ):
        _with_rows(path, "call,A,VoIP,,port 40001", "call,B,VoIP,,udp")


@pytest.mark.parametrize(
    ("name", "traffic_type", "vpn"),
    [
        ("call", "VPN: VoIP", True),
        ("vpn_call", "VoIP", False),
        ("VPN_call", "", True),
        ("call", "", False),
    ],
)
def test_vpn_by_traffic_type_or_name(tmp_path, name, traffic_type, vpn):
    path = tmp_path / "x.pcap"
    write_small_capture(path, flows=1)
    assert _capture(path, name, traffic_type).vpn.tolist() == [vpn]


def test_ids_differ_between_captures_and_packets(tmp_path):
    path = tmp_path / "x.pcap"
    write_small_capture(path)
    ids = np.concatenate([_capture(path, n).packet_ids for n in ("a", "b")])
    assert len(np.unique(ids)) == 24


def test_capture_without_packets(tmp_path):
    path = tmp_path / "x.pcap"
    write_small_capture(path, flows=0)
    capture = _capture(path)
    assert capture.report.read == len(capture.numbers) == 0


def test_no_capture(tmp_path):
    path = tmp_path / "x.pcap"
    path.write_bytes(b"hello")
    with pytest.raises(InputError, match="call: not a capture"):
        _capture(path)
