import shutil

import numpy as np
import pytest
from shared_data import SHARED
from shared_data import requires_shared
from small_captures import LABELS
from small_captures import write_small_capture
from small_captures import write_small_dataset

from mtc_tf.capture_dataset import CaptureDataset
from mtc_tf.capture_dataset import find_captures
from mtc_tf.capture_split import SPLITS
from mtc_tf.errors import InputError
from mtc_tf.labels import read_label_map
from mtc_tf.splits import PARTS


@pytest.fixture
def folder(tmp_path):
    write_small_dataset(tmp_path)
    return tmp_path


def _build(folder, split="flow", seed=0):
    label_map = read_label_map(LABELS.encode(), name="labels.csv")
    return CaptureDataset(
        folder, label_map, split=split, recipe="strict", seed=seed
    )


def _examples(dataset):
    return {part: dict(dataset.examples(part)) for part in PARTS}


@pytest.mark.parametrize("split", SPLITS)
def test_every_labelled_packet_is_in_one_part(folder, split):
    parts = _examples(_build(folder, split))
    keys = [key for examples in parts.values() for key in examples]
    assert len(keys) == len(set(keys)) == 8 * 12
    assert {key.partition("/")[0] for key in keys}.isdisjoint({"unheard_of"})


def test_example_of_a_vpn_call(folder):
    parts = _examples(_build(folder))
    key = "vpn_call_1/5"
    (example,) = [own[key] for own in parts.values() if key in own]
    assert example["packet"].shape == (1500,)
    assert example["packet"].dtype == np.uint8
    assert example["packet"][0] == 0x45
    assert example["application"] == 1  # Ghost, Phone, Post, Tor
    assert example["traffic_type"] == 3  # Chat, Email, VoIP, VPN: VoIP
    assert example["auxiliary"] == 2  # All_Chat, All_Email, All_VoIP
    assert example["capture"] == example["group"] == "vpn_call_1"
    assert example["timestamp"] == 1_700_000_000 + 5 / 8
    assert example["length"] == 40  # 20 IP, 8 UDP, 12 payload


def test_missing_label(folder):
    parts = _examples(_build(folder))
    tor = [e for own in parts.values() for e in own.values()]
    tor = [e for e in tor if e["capture"] == "tor"]
    assert {e["application"] for e in tor} == {3}
    assert {e["traffic_type"] for e in tor} == {-1}
    assert {e["auxiliary"] for e in tor} == {-1}


def test_find_captures_by_suffix(tmp_path):
    for name in ("b.PCAP", "a.pcapng.gz", "c.cap", "._b.pcap", "labels.csv"):
        (tmp_path / name).touch()
    assert list(find_captures(tmp_path)) == ["a", "b", "c"]


def test_two_captures_with_one_name(folder):
    shutil.copy(folder / "tor.pcap", folder / "Tor.pcapng")
    with pytest.raises(InputError, match=r"one name: .*Tor.pcapng and .*tor"):
        _build(folder)


def test_folder_without_captures(tmp_path):
    with pytest.raises(InputError, match="expected captures .* found none"):
        _build(tmp_path)


def test_no_capture_with_a_label(tmp_path):
    write_small_capture(tmp_path / "x.pcap")
    with pytest.raises(InputError, match="none of its 1 captures has a label"):
        _build(tmp_path)


def test_no_packet_is_kept(tmp_path):
    write_small_capture(tmp_path / "call_1.pcap", flows=0)
    with pytest.raises(InputError, match="no packet is kept"):
        _build(tmp_path)


def test_part_without_packets(tmp_path):
    write_small_capture(tmp_path / "call_1.pcap", flows=2)
    with pytest.raises(InputError, match="the part 'validation' gets no pack"):
        _build(tmp_path)


@requires_shared
def test_real_captures_with_labels_of_their_own():
    folder = SHARED / "iscx_vpn_nonvpn" / "session_heads"
    label_map = read_label_map(
        (folder / "labels.csv").read_bytes(), name="labels.csv"
    )
    dataset = CaptureDataset(
        folder, label_map, split="capture", recipe="strict"
    )
    assert len(dataset.metadata["classes"]["application"]) == 12
    report = dataset.metadata["report"]
    assert report["captures_without_labels"] == []
    assert report["labels_without_captures"] == []
    assert not any(report["classes_without_packets"].values())
    # Youtube was captured in two groups, Netflix in one.
    assert ["Youtube", "Streaming"] not in report["classes_split_by_flow"]
    assert ["Netflix", "Streaming"] in report["classes_split_by_flow"]
