import csv
import gzip

import pytest
from scapy.layers.inet import IP
from scapy.layers.inet import TCP
from scapy.layers.inet import UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw
from scapy.utils import PcapReader
from scapy.utils import wrpcap

from lab import cut
from mtc_tf.packets import capture_name


def _packet(transport, payload, second):
    packet = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
    packet = packet / IP(src="10.0.0.1", dst="10.0.0.2") / transport
    packet = packet / Raw(payload) if payload else packet
    packet.time = second
    return packet


@pytest.fixture
def capture(tmp_path):
    """Three packets of data in one flow, two in another, and two without."""
    one, other = UDP(sport=5000, dport=9000), TCP(sport=5001, dport=443)
    packets = [
        _packet(other, b"", 0),
        _packet(one, b"a" * 100, 1),
        _packet(one, b"b" * 100, 2.5),
        _packet(one, b"c" * 100, 3),
        _packet(other, b"d" * 1400, 4),
        _packet(other, b"e", 5),
        _packet(other, b"", 6),
    ]
    path = tmp_path / "set" / "call_1.pcap"
    path.parent.mkdir()
    wrpcap(str(path), packets)
    return path


def _read(path):
    with PcapReader(str(path)) as reader:
        return list(reader)


def test_first_packets_of_each_flow_stay(capture, tmp_path):
    output = tmp_path / "call_1.pcap.gz"
    cut.cut_capture(capture, output, packets=2)
    packets = _read(output)
    assert [float(packet.time) for packet in packets] == [0, 1, 2.5, 4, 5]
    before = _read(capture)
    assert bytes(packets[3]) == bytes(before[4])


def test_what_is_few_stays_whole(capture, tmp_path):
    output = tmp_path / "call_1.pcap.gz"
    cut.cut_capture(capture, output, packets=100)
    # But for what comes behind the last packet of data.
    assert len(_read(output)) == 6


def _write_set(folder):
    (folder / "labels.csv").write_text("capture,application\ncall_1,Phone\n")
    (folder / "report.md").write_text("a table\nMissing: 0 failed\n")
    rows = "capture,scenario,tunnel,packets,kept,flows,seconds,bytes\n"
    (folder / "sessions.csv").write_text(f"{rows}call_1,sip,,7,5,2,5.0,999\n")


def test_set_is_copied_and_counted_anew(capture, tmp_path):
    _write_set(capture.parent)
    outputs = [tmp_path / "first", tmp_path / "second"]
    for output in outputs:
        code = cut.main([str(capture.parent), str(output), "--packets=1"])
        assert code == 0
    with (outputs[0] / "sessions.csv").open(newline="") as file:
        [row] = csv.DictReader(file)
    assert (row["packets"], row["kept"], row["flows"]) == ("3", "2", "2")
    names = {path.name for path in outputs[0].iterdir()}
    assert names == {
        *("labels.csv", "report.md", "sessions.csv", "call_1.pcap.gz")
    }
    for name in names:
        contents = [(output / name).read_bytes() for output in outputs]
        assert contents[0] == contents[1], name
    report = (outputs[0] / "report.md").read_text()
    assert "| sip | - | 1 | 3 | 2 | 2 |" in report
    assert report.endswith("Missing: 0 failed\n") and "a table" not in report
    written = (outputs[0] / "call_1.pcap.gz").read_bytes()
    assert int(row["bytes"]) == len(written)
    assert gzip.decompress(written)
    assert capture_name(outputs[0] / "call_1.pcap.gz") == "call_1"


@pytest.mark.parametrize("lack", ["sessions.csv", "call_1.pcap"])
def test_what_is_no_set(capture, tmp_path, capsys, lack):
    _write_set(capture.parent)
    (capture.parent / lack).unlink()
    assert cut.main([str(capture.parent), str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert error.startswith("lab.cut: error:") and lack in error
    assert error.count("\n") == 1


def test_output_must_be_new(capture, capsys):
    _write_set(capture.parent)
    assert cut.main([str(capture.parent), str(capture.parent)]) == 1
    assert "OUT must be a new folder" in capsys.readouterr().err


def test_packets_must_be_positive(capture, tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        cut.main([str(capture.parent), str(tmp_path / "o"), "--packets=0"])
    assert ended.value.code == 2
    assert "positive" in capsys.readouterr().err


def test_first_sessions_only(capture, tmp_path):
    _write_set(capture.parent)
    folder = capture.parent
    for name in ("sessions.csv", "labels.csv"):
        header, row = (folder / name).read_text().splitlines()
        later = row.replace("call_1", "vpn_ssh_call_2")
        (folder / name).write_text(f"{header}\n{row}\n{later}\n")
    output = tmp_path / "out"
    assert cut.main([str(folder), str(output), "--sessions=1"]) == 0
    assert [path.name for path in output.glob("*.gz")] == ["call_1.pcap.gz"]
    for name in ("sessions.csv", "labels.csv"):
        assert "vpn_ssh" not in (output / name).read_text()
