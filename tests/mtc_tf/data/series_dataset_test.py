import functools

import pytest
from small_captures import LABELS
from small_captures import write_small_capture
from small_captures import write_small_dataset

from mtc_tf.data.balancing import PacketCap
from mtc_tf.data.capture_dataset import CaptureDataset
from mtc_tf.data.labels import read_label_map
from mtc_tf.data.series_dataset import SeriesDataset
from mtc_tf.data.splits import PARTS
from mtc_tf.errors import InputError
from mtc_tf.features import packet_series


@pytest.fixture
def folder(tmp_path):
    write_small_dataset(tmp_path)
    return tmp_path


def _build(folder, packets_per_flow=2, split="flow", labels=LABELS):
    return SeriesDataset(
        folder,
        read_label_map(labels.encode(), name="labels.csv"),
        packets_per_flow=packets_per_flow,
        split=split,
        recipe="strict",
    )


def _examples(dataset):
    return {part: dict(dataset.examples(part)) for part in PARTS}


def _flows(dataset):
    return {
        part: {example["flow"] for example in examples.values()}
        for part, examples in _examples(dataset).items()
    }


@pytest.mark.parametrize("split", ["flow", "capture"])
def test_flows_lie_where_their_packets_lie(split, folder):
    packets = CaptureDataset(
        folder,
        read_label_map(LABELS.encode(), name="labels.csv"),
        split=split,
        recipe="strict",
    )
    assert _flows(_build(folder, split=split)) == _flows(packets)


def test_windows_of_a_flow_of_three_packets(folder):
    parts = _examples(_build(folder))
    examples = {key: e for own in parts.values() for key, e in own.items()}
    assert len(examples) == 8 * 4 * 2
    first, last = examples["vpn_call_1/3"], examples["vpn_call_1/5"]
    assert first["flow"] == last["flow"]
    assert first["capture"] == first["group"] == "vpn_call_1"
    assert first["application"] == 1
    assert last["timestamp"] == 1_700_000_000 + 5 / 8
    # 20 IP, 8 UDP, 12 payload.
    assert first["series"][:, packet_series.SIZE].tolist() == [40, 40]
    assert first["series"][:, packet_series.DIRECTION].tolist() == [0, 1]
    assert first["series"][:, packet_series.GAP].tolist() == [0, 1 / 8]
    assert first["series"][:, packet_series.POSITION].tolist() == [0, 1]
    there, absent = last["series"]
    assert there[packet_series.GAP] == 1 / 8
    assert there[packet_series.POSITION] == 2
    assert there[0] == 0x45
    assert not absent.any()


def test_report_counts_windows_and_leaves_packets_behind_them_out(tmp_path):
    for number in range(3):
        write_small_capture(
            tmp_path / f"call_{number}.pcap", flows=2, packets=40
        )
    dataset = _build(tmp_path, labels=LABELS)
    parts = _examples(dataset)
    report = dataset.metadata["report"]
    assert report["windows"] == {part: len(own) for part, own in parts.items()}
    assert sum(report["windows"].values()) == 6 * 16
    assert report["parts"]["kept"] == 6 * 40
    assert sum(report["parts"][part] for part in PARTS) == 6 * 32


def test_digests_tell_windows_of_other_lengths_apart(folder):
    digests = [
        _build(folder, packets).metadata["digests"] for packets in (4, 5)
    ]
    for part in PARTS:
        assert digests[0][part] != digests[1][part]
    assert _build(folder, 4).metadata["digests"] == digests[0]


def test_cap_of_packets_leaves_no_flow_out(folder, monkeypatch):
    monkeypatch.setattr(
        "mtc_tf.data.capture_split.PacketCap",
        functools.partial(PacketCap, cap=1),
    )
    assert sum(map(len, _examples(_build(folder)).values())) == 8 * 4 * 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"split": "packet"}, "divided by flow or capture, .*: 'packet'"),
        ({"packets_per_flow": 1}, "must be from 2 to 64; received: 1"),
        ({"packets_per_flow": 65}, "must be from 2 to 64; received: 65"),
    ],
)
def test_flows_that_cannot_be_cut(arguments, message, folder):
    with pytest.raises(InputError, match=message):
        _build(folder, **arguments)
