import numpy as np
import pytest
from small_captures import write_small_capture

from mtc_tf.data.labelled_capture import LabelledCapture
from mtc_tf.data.labels import Labels
from mtc_tf.data.packet_spool import PacketSpool
from mtc_tf.errors import InputError
from mtc_tf.packets import preprocess_capture


def _capture(path, name="call", traffic_type="VoIP"):
    labels = [Labels("App", traffic_type, "", "group")]
    return LabelledCapture(
        path, labels, name=name, recipe="strict", spool=PacketSpool()
    )


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
