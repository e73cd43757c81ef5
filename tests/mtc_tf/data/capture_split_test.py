import functools

import pytest
from small_captures import LABELS
from small_captures import write_small_dataset

from mtc_tf.data import capture_split
from mtc_tf.data.balancing import PacketCap
from mtc_tf.data.capture_dataset import CaptureDataset
from mtc_tf.data.capture_split import SPLITS
from mtc_tf.data.labels import read_label_map
from mtc_tf.data.splits import PARTS


@pytest.fixture
def folder(tmp_path):
    write_small_dataset(tmp_path)
    return tmp_path


def _build(folder, split="flow", split_seed=0):
    label_map = read_label_map(LABELS.encode(), name="labels.csv")
    return CaptureDataset(
        folder, label_map, split=split, recipe="strict", split_seed=split_seed
    )


def _examples(dataset):
    return {part: dict(dataset.examples(part)) for part in PARTS}


def test_flow_split_keeps_flows_together(folder):
    parts = _examples(_build(folder, "flow"))
    flows = [{e["flow"] for e in own.values()} for own in parts.values()]
    assert sum(map(len, flows)) == len(set.union(*flows)) == 8 * 4


def test_capture_split_keeps_groups_together(folder):
    dataset = _build(folder, "capture")
    by_flow = dataset.metadata["report"]["classes_split_by_flow"]
    assert by_flow == [["Phone", "VPN: VoIP"], ["Tor", ""]]
    groups = [
        {e["group"] for e in own.values()} - {"vpn_call_1", "tor"}
        for own in _examples(dataset).values()
    ]
    assert sum(map(len, groups)) == len(set.union(*groups)) == 6


@pytest.mark.parametrize("split", SPLITS)
def test_parts_depend_on_labelled_captures_and_seed_only(folder, split):
    before = _build(folder, split).metadata["digests"]
    assert _build(folder, split).metadata["digests"] == before
    assert _build(folder, split, split_seed=1).metadata["digests"] != before
    (folder / "unheard_of.pcap").unlink()
    assert _build(folder, split).metadata["digests"] == before


@pytest.mark.parametrize("split", SPLITS)
def test_labels_may_name_a_part(folder, split):
    header, *rows = LABELS.splitlines()
    named = {"vpn_call_*": "test", "mail_*": "train"}
    label_map = read_label_map(
        "\n".join(
            [f"{header},part"]
            + [f"{row},{named.get(row.split(',')[0], '')}" for row in rows]
        ).encode(),
        name="labels.csv",
    )
    dataset = CaptureDataset(
        folder, label_map, split=split, recipe="strict", split_seed=0
    )
    found = {
        part: {example["capture"] for example in own.values()}
        for part, own in _examples(dataset).items()
    }
    assert "vpn_call_1" in found["test"]
    assert {"mail_1", "mail_2"} <= found["train"]
    assert not {"vpn_call_1", "mail_1", "mail_2"} & found["validation"]
    assert "vpn_call_1" not in found["train"]
    # The others are divided as without parts.
    assert sum(name.startswith("call_") for name in found["test"]) >= 1
    assert sum(name.startswith("call_") for name in found["train"]) >= 1


def test_all_parts_may_be_named(folder):
    content = (
        "capture,application,traffic_type,part\n"
        "call_1,Phone,VoIP,train\nmail_1,Post,Email,train\n"
        "call_2,Phone,VoIP,validation\nmail_2,Post,Email,test\n"
    )
    label_map = read_label_map(content.encode(), name="labels.csv")
    dataset = CaptureDataset(
        folder, label_map, split="capture", recipe="strict", split_seed=0
    )
    assert [len(own) for own in _examples(dataset).values()] == [24, 12, 12]


def test_cap_applies_before_the_split_by_packet(folder, monkeypatch):
    _cap_at(monkeypatch, 20)
    report = _build(folder, "packet").metadata["report"]
    rows = report["classes"]["application"]
    for name, total in (("Phone", 20), ("Post", 20), ("Tor", 12)):
        assert sum(rows[name][part] for part in PARTS) == total
    assert rows["Phone"]["kept"] == 60
    # Ten packets from inside the VPN, ten from outside.
    kinds = report["classes"]["traffic_type"]
    assert sum(kinds["VPN: VoIP"][part] for part in PARTS) == 10


def test_cap_applies_to_train_only_in_the_split_by_flow(folder, monkeypatch):
    whole = _build(folder, "flow").metadata["report"]
    _cap_at(monkeypatch, 5)
    capped = _build(folder, "flow").metadata["report"]
    for name in ("Phone", "Post", "Tor"):
        before = whole["classes"]["application"][name]
        after = capped["classes"]["application"][name]
        assert after == {**before, "train": 5}


def _cap_at(monkeypatch, cap):
    monkeypatch.setattr(
        capture_split, "PacketCap", functools.partial(PacketCap, cap=cap)
    )


def test_unknown_split(folder):
    with pytest.raises(ValueError, match="`split` must be one of .*'random'"):
        _build(folder, "random")
