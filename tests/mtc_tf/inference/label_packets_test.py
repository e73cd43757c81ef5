import numpy as np
import pytest
from capture_bytes import ethernet
from capture_bytes import ipv4
from capture_bytes import ipv6
from capture_bytes import pcap
from capture_bytes import tcp
from capture_bytes import udp

from mtc_tf.errors import InputError
from mtc_tf.inference.label_packets import label_capture
from mtc_tf.inference.label_records import label_record_table
from mtc_tf.inference.traffic_classifier import TrafficClassifier
from mtc_tf.packets import CaptureReport
from mtc_tf.runs.model_facts import ModelFacts

TASKS = {"application": ["Courier", "Talkie"], "auxiliary": ["a", "b", "c"]}


def _classifier(recipe="strict", masks=(), seen=None):
    """Answers every packet alike; `seen` gets what it is asked."""

    def function(packets):
        if seen is not None:
            seen.extend(packets)
        return {
            task: np.full((len(packets), len(names)), 1 / len(names))
            for task, names in TASKS.items()
        }

    return TrafficClassifier(ModelFacts(TASKS, recipe, masks), function)


def test_times_of_nanoseconds_are_printed_to_the_nearest_microsecond(tmp_path):
    path = tmp_path / "x.pcap"
    content = bytearray(
        pcap(
            [ethernet(ipv4(tcp(b"a")))] * 2,
            nanoseconds=True,
            fractions=[444_223_380, 444_223_500],
        )
    )
    second = (1_700_000_000).to_bytes(4, "little")
    content[24:28] = second
    path.write_bytes(content)

    [rows] = label_capture(path, _classifier())
    assert [row["time"] for row in rows] == [
        "2023-11-14T22:13:20.444223Z",
        "1970-01-01T00:00:01.444224Z",
    ]


@pytest.mark.parametrize("recipe", ["paper", "strict"])
def test_packets_are_preprocessed_as_the_model_says(recipe, tmp_path):
    path = tmp_path / "x.pcap"
    frames = [ipv4(tcp(b"a")), ipv4(tcp(b"")), ipv4(udp(b"b"), protocol=17)]
    frames = [ethernet(frame) for frame in frames]
    frames.append(ethernet(ipv6(tcp(b"c")), ethertype=0x86DD))
    path.write_bytes(pcap(frames))
    seen, counts, report = [], [], CaptureReport()
    [rows] = label_capture(
        path,
        _classifier(recipe, ("ip.ttl",), seen),
        report=report,
        progress=counts.append,
    )
    assert [row["packet"] for row in rows] == [0, 2, 3]
    assert counts == [3]
    assert (report.read, report.kept) == (4, 3)
    checksum = "0000" if recipe == "strict" else "abcd"
    # From the TTL on: the mask, TCP, the checksum, the addresses.
    assert bytes(seen[0][8:20]).hex() == f"0006{checksum}{'00' * 8}"


def test_rows_stand_for_flows_if_asked(tmp_path):
    path = tmp_path / "x.pcap"
    path.write_bytes(pcap([ethernet(ipv4(tcp(b"a")))] * 3))
    [[row]] = label_capture(path, _classifier(), by="flow")
    assert (row["capture"], row["packets"]) == (str(path), 3)


def test_capture_from_an_open_file_has_the_name_given(tmp_path):
    path = tmp_path / "x.pcap"
    path.write_bytes(pcap([ethernet(ipv4(tcp(b"a")))]))
    with path.open("rb") as file:
        [[row]] = label_capture(file, _classifier(), name="y")
    assert row["capture"] == "y"


def test_no_capture(tmp_path):
    path = tmp_path / "x.pcap"
    path.write_bytes(b"no capture")
    with pytest.raises(InputError, match="x.pcap: not a capture"):
        list(label_capture(path, _classifier()))


def test_wrong_arguments():
    records = TrafficClassifier(ModelFacts(TASKS, features=("f",)), None)
    with pytest.raises(ValueError, match="must be of packets. Received: rec"):
        next(label_capture("x", records))
    with pytest.raises(ValueError, match="must be of records. Received: pac"):
        next(label_record_table("x", _classifier()))
    with pytest.raises(ValueError, match="one of packet, flow. Received: by="):
        next(label_capture("x", _classifier(), by="host"))
