import time

import numpy as np
import pytest
from capture_bytes import ethernet
from capture_bytes import ipv4
from capture_bytes import ipv6
from capture_bytes import pcap
from capture_bytes import tcp
from capture_bytes import udp
from small_captures import write_small_capture

from mtc_tf.data.labels import read_label_map
from mtc_tf.data.series_dataset import SeriesDataset
from mtc_tf.data.splits import PARTS
from mtc_tf.errors import InputError
from mtc_tf.features.packet_series import DIRECTION
from mtc_tf.features.packet_series import POSITION
from mtc_tf.inference.flow_limits import FlowLimits
from mtc_tf.inference.label_packets import label_capture
from mtc_tf.inference.label_packets import label_frames
from mtc_tf.inference.label_records import label_record_table
from mtc_tf.inference.row_classifier import RowClassifier
from mtc_tf.packets import CaptureReport
from mtc_tf.packets.frame_batch import FrameBatch
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

    return RowClassifier(ModelFacts(TASKS, recipe, masks), function)


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


class _Recorder:
    """Answers each window with a class that its first byte names."""

    def __init__(self):
        self.seen = []

    def __call__(self, series):
        self.seen.extend(series)
        return {
            "application": np.float32([[0.75, 0.25]] * len(series)),
            "auxiliary": np.eye(3)[(series[:, 0, POSITION] > 0).astype(int)],
        }


def _flow_classifier(function, packets_per_flow=2):
    facts = ModelFacts(TASKS, "strict", packets_per_flow=packets_per_flow)
    return RowClassifier(facts, function)


@pytest.mark.parametrize("by", [None, "flow"])
def test_flows_are_labelled_by_the_mean_of_their_windows(by, tmp_path):
    path = tmp_path / "x.pcap"
    write_small_capture(path, flows=3, packets=5)
    recorder = _Recorder()
    counts = []
    [rows] = label_capture(
        path, _flow_classifier(recorder), by=by, progress=counts.append
    )
    assert counts == [15]
    assert len(recorder.seen) == 3 * 3
    assert [row["packets"] for row in rows] == [5, 5, 5]
    assert [row["source_port"] for row in rows] == [40_000, 40_001, 40_002]
    for row in rows:
        assert row["application"] == "Courier"
        assert row["application_probability"] == 0.75
        # One window of three begins with the flow.
        assert row["auxiliary"] == "b"
        assert row["auxiliary_probability"] == round(2 / 3, 4)


def test_windows_are_those_of_the_dataset(tmp_path):
    # Flows that run at a time, and some that end within a window.
    path = tmp_path / "x.pcap"
    turns = [(port, turn) for turn in range(50) for port in range(turn % 7)]
    frames = []
    for port, turn in turns:
        ports, addresses = (1000 + port, 5004), (bytes(4), bytes([9] * 4))
        if turn % 3:
            ports, addresses = ports[::-1], addresses[::-1]
        packet = ipv4(
            udp(bytes([turn]) * (turn + 1), ports),
            protocol=17,
            source=addresses[0],
            destination=addresses[1],
        )
        frames.append(ethernet(packet))
    path.write_bytes(pcap(frames))
    labels = b"capture,application,traffic_type\nx,Call,VoIP\n"
    dataset = SeriesDataset(
        tmp_path,
        read_label_map(labels, name="labels.csv"),
        packets_per_flow=4,
        split="flow",
        recipe="strict",
    )
    stored = [
        example["series"].tobytes()
        for part in PARTS
        for _, example in dataset.examples(part)
    ]
    recorder = _Recorder()
    list(label_capture(path, _flow_classifier(recorder, packets_per_flow=4)))
    seen = [series.tobytes() for series in recorder.seen]
    assert len(seen) > 30
    directions = np.stack(recorder.seen)[:, :, DIRECTION]
    assert 0 < directions.mean() < 0.8
    assert sorted(seen) == sorted(stored)


def test_model_of_flows_answers_for_no_packets():
    classifier = _flow_classifier(None, packets_per_flow=10)
    with pytest.raises(InputError, match="of 10 packets: expected --by=flow"):
        next(label_capture("x.pcap", classifier, by="packet"))


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
    records = RowClassifier(ModelFacts(TASKS, features=("f",)), None)
    with pytest.raises(ValueError, match="must be of packets. Received: rec"):
        next(label_capture("x", records))
    with pytest.raises(ValueError, match="must be of records. Received: pac"):
        next(label_record_table("x", _classifier()))
    with pytest.raises(ValueError, match="one of packet, flow. Received: by="):
        next(label_capture("x", _classifier(), by="host"))


@pytest.mark.parametrize("by", ["packet", "flow"])
def test_what_came_before_an_error_is_labelled(by):
    def frames():
        frame = ethernet(ipv4(tcp(b"a")))
        yield FrameBatch.from_list([(frame, 1, len(frame), (1, 1))])
        raise InputError("x: the interface is down")

    rows = label_frames(
        frames(), "x", _classifier(), by=by, report=CaptureReport()
    )
    [row] = next(rows)
    assert row["capture"] == "x"
    with pytest.raises(InputError, match="x: the interface is down"):
        next(rows)


def test_flows_end_while_no_frame_comes(monkeypatch):
    frame = ethernet(ipv4(tcp(b"a")))
    monkeypatch.setattr(time, "monotonic", iter([0.0, 0.0, 5.0]).__next__)
    frames = iter(
        [
            FrameBatch.from_list([(frame, 1, len(frame), (1, 1))]),
            FrameBatch.from_list([]),
        ]
    )
    rows = label_frames(
        frames,
        "x",
        _classifier(),
        by="flow",
        limits=FlowLimits(timeout=5.0),
        report=CaptureReport(),
    )
    [row] = next(rows)
    assert row["packets"] == 1
    # It was not the end that brought it.
    assert next(rows, None) is None
