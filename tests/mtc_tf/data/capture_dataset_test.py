import gzip
import os
import shutil

import numpy as np
import pytest
from shared_data import SHARED
from shared_data import requires_shared
from small_captures import LABELS
from small_captures import write_small_capture
from small_captures import write_small_dataset

from mtc_tf.data import capture_scan
from mtc_tf.data.capture_dataset import CaptureDataset
from mtc_tf.data.capture_split import SPLITS
from mtc_tf.data.labels import read_label_map
from mtc_tf.data.series_dataset import SeriesDataset
from mtc_tf.data.splits import PARTS
from mtc_tf.errors import InputError
from mtc_tf.packets import preprocess_capture

DAYS = ("day_1", "day_2", "day_3")
COMPOSED, DECOMPOSED = "café_übung", "cafe\u0301_u\u0308bung"


@pytest.fixture
def folder(tmp_path):
    write_small_dataset(tmp_path)
    return tmp_path


def _build(folder, split="flow"):
    label_map = read_label_map(LABELS.encode(), name="labels.csv")
    return CaptureDataset(folder, label_map, split=split, recipe="strict")


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


@pytest.mark.parametrize("compressed", [False, True])
def test_each_capture_is_preprocessed_once(compressed, folder, monkeypatch):
    if compressed:
        for path in list(folder.iterdir()):
            content = gzip.compress(path.read_bytes())
            path.with_name(f"{path.name}.gz").write_bytes(content)
            path.unlink()
    preprocessed = []

    def preprocess(file, *, name, **arguments):
        preprocessed.append(name)
        return preprocess_capture(file, name=name, **arguments)

    monkeypatch.setattr(capture_scan, "preprocess_capture", preprocess)
    dataset = _build(folder, "packet")
    # Nothing is left to be read again.
    shutil.rmtree(folder)
    parts = _examples(dataset)
    assert sum(map(len, parts.values())) == 8 * 12
    assert len(preprocessed) == len(set(preprocessed)) == 8


@pytest.mark.parametrize("split", SPLITS)
def test_examples_are_the_packets_of_the_captures(split, folder):
    parts = _examples(_build(folder, split))
    received = {key: e for own in parts.values() for key, e in own.items()}
    for path in folder.iterdir():
        if path.stem == "unheard_of":
            continue
        [batch] = preprocess_capture(path, group=path.stem)
        for row, number in enumerate(batch.numbers.tolist()):
            example = received.pop(f"{path.stem}/{number}")
            assert example["packet"].tobytes() == batch.packets[row].tobytes()
            assert example["flow"] == batch.flows[row]
            assert example["timestamp"] == batch.timestamps[row]
            assert example["length"] == batch.lengths[row]
    assert not received


def _by_flow(folder, kind, **arguments):
    """Three captures of four flows, the first two of which are calls."""
    for name in DAYS:
        write_small_capture(folder / f"{name}.pcap")
    labels = b"""capture,application,traffic_type,flows
day_*,Phone,VoIP,port 40000 or port 40001
day_*,Post,Email,net 192.0.2.0/24 and not (port 40000 or port 40001)
"""
    label_map = read_label_map(labels, name="labels.csv")
    return kind(folder, label_map, recipe="strict", **arguments)


@pytest.mark.parametrize("split", SPLITS)
def test_captures_of_several_activities(split, tmp_path):
    parts = _examples(_by_flow(tmp_path, CaptureDataset, split=split))
    examples = {key: e for own in parts.values() for key, e in own.items()}
    assert {key: e["application"] for key, e in examples.items()} == {
        f"{name}/{number}": int(number >= 6)
        for name in DAYS
        for number in range(12)
    }
    # They overlap in time.
    assert {e["group"] for e in examples.values()} == set(DAYS)


def test_windows_of_captures_of_several_activities(tmp_path):
    dataset = _by_flow(
        tmp_path, SeriesDataset, split="flow", packets_per_flow=2
    )
    examples = [e for own in _examples(dataset).values() for e in own.items()]
    assert {key: e["application"] for key, e in examples} == {
        f"{name}/{number}": int(number >= 6)
        for name in DAYS
        for number in (0, 2, 3, 5, 6, 8, 9, 11)
    }


def test_filters_that_leave_nothing(tmp_path):
    write_small_capture(tmp_path / "call.pcap")
    rows = b"capture,application,traffic_type,flows\ncall,Phone,VoIP,tcp\n"
    with pytest.raises(InputError, match="none of the 4 flows of its 1 label"):
        _dataset(tmp_path, rows)


# === Captures and labels as people have them ===


def _files(folder, names):
    """Captures of twelve packets under these names, some of them bytes."""
    for number, name in enumerate(names):
        path = folder / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_small_capture(folder / f"call_{number}.pcap")
        (folder / f"call_{number}.pcap").rename(path)


def _dataset(folder, labels):
    label_map = read_label_map(labels, name=f"{folder}/labels.csv")
    return CaptureDataset(folder, label_map, split="packet", recipe="strict")


def _kept(folder, *rows):
    """Packets of each application in a dataset with these rows of labels."""
    lines = ["capture,application,traffic_type", *rows]
    dataset = _dataset(folder, "\n".join(lines).encode())
    classes = dataset.metadata["report"]["classes"]["application"]
    return {name: row["kept"] for name, row in classes.items()}


def test_rotated_captures(tmp_path):
    _files(tmp_path, ["dump.pcap", "dump.pcap1", "dump.pcap2"])
    assert _kept(tmp_path, "dump*,Call,VoIP") == {"Call": 36}
    assert _kept(tmp_path, "dump,Call,VoIP") == {"Call": 36}
    rows = ["dump,Call,VoIP", "dump.pcap2,Mail,Email"]
    assert _kept(tmp_path, *rows) == {"Call": 24, "Mail": 12}


def test_pieces_of_a_rotated_capture_share_flows_and_group(tmp_path):
    _files(tmp_path, ["dump.pcap", "dump.pcap1", "dump.pcap2"])
    labels = b"capture,application,traffic_type\ndump,Call,VoIP\n"
    label_map = read_label_map(labels, name="labels.csv")
    dataset = CaptureDataset(tmp_path, label_map, split="flow", recipe="strict")
    flows = [
        {example["flow"] for _, example in dataset.examples(part)}
        for part in PARTS
    ]
    # Those of one file: a flow goes on in the next.
    assert sum(map(len, flows)) == len(set.union(*flows)) == 4
    [*keys] = _examples(dataset)["train"]
    assert {key.partition("/")[0] for key in keys} == {
        "dump",
        "dump.pcap1",
        "dump.pcap2",
    }
    rows = dataset.metadata["report"]["captures"]
    assert {row["group"] for row in rows} == {"dump"}


def test_captures_in_folders_below(tmp_path):
    names = ["NonVPN-PCAPs-01/aim_chat_3a.pcap", "VPN-PCAPS-01/vpn_aim.pcap"]
    _files(tmp_path, names)
    rows = ["aim*,AIM,Chat", "vpn_aim*,AIM VPN,VPN: Chat"]
    assert _kept(tmp_path, *rows) == {"AIM": 12, "AIM VPN": 12}


def test_two_captures_with_one_name_in_two_folders(tmp_path):
    _files(tmp_path, ["chat/1.pcap", "mail/1.pcap"])
    with pytest.raises(InputError, match="one name: .*chat/1.* and .*mail/1"):
        _kept(tmp_path, "1,Chat,Chat")


def test_accents_coded_as_on_a_mac(tmp_path):
    _files(tmp_path, [f"{DECOMPOSED}.pcap", "other.pcap"])
    rows = [f"{COMPOSED},Call,VoIP", "other,Mail,Email"]
    assert _kept(tmp_path, *rows) == {"Call": 12, "Mail": 12}
    (tmp_path / f"{DECOMPOSED}.pcap").rename(tmp_path / f"{COMPOSED}.pcap")
    rows[0] = f"{DECOMPOSED},Call,VoIP"
    assert _kept(tmp_path, *rows) == {"Call": 12, "Mail": 12}


def test_one_name_in_two_codings(tmp_path):
    _files(tmp_path, [f"{DECOMPOSED}.pcap", f"{COMPOSED}.pcap"])
    with pytest.raises(InputError, match="two captures have one name"):
        _kept(tmp_path, "*,Call,VoIP")


def test_name_that_is_not_utf8(tmp_path):
    _files(tmp_path, [b"caf\xe9.pcap", "other.pcap"])
    rows = [r"caf\xe9,Call,VoIP", "other,Mail,Email"]
    assert _kept(tmp_path, *rows) == {"Call": 12, "Mail": 12}
    assert _kept(tmp_path, "caf*,Call,VoIP", rows[1])["Call"] == 12


def test_names_with_spaces_and_brackets(tmp_path):
    _files(tmp_path, ["My Calls/alice call [1].PCAP", "bob mail.pcap"])
    rows = ["alice call [1],Call,VoIP", "Bob Mail,Mail,Email"]
    assert _kept(tmp_path, *rows) == {"Call": 12, "Mail": 12}


def test_labels_with_suffixes_match_nothing(tmp_path):
    _files(tmp_path, ["call.pcap", "mail.pcap"])
    with pytest.raises(InputError, match="none of its 2 captures has a label"):
        _kept(tmp_path, "call.pcap,Call,VoIP", "mail.pcap,Mail,Email")


@pytest.mark.parametrize(
    ("encoding", "separator", "message"),
    [
        ("utf-8-sig", ";", "line 1: expected the columns capture, applicati"),
        ("utf-16", ",", "labels.csv: expected UTF-8, received"),
    ],
)
def test_labels_of_a_spreadsheet(encoding, separator, message, tmp_path):
    labels = "capture,application,traffic_type\ncall,Call,VoIP\n"
    _files(tmp_path, ["call.pcap"])
    with pytest.raises(InputError, match=message) as caught:
        _dataset(tmp_path, labels.replace(",", separator).encode(encoding))
    assert str(caught.value).isprintable()


def test_what_is_passed_over_is_reported(folder):
    (folder / "below").mkdir()
    (folder / "below" / "call_9.pcap").write_bytes(b"<html>")
    (folder / os.fsdecode(b"not\xe9s.txt")).touch()
    report = _build(folder).metadata["report"]
    assert report["files_passed_over"] == {
        "below/call_9.pcap": "not a capture; expected a whole header of pcap "
        "or pcapng, received 3c68746d as the first bytes",
        r"not\xe9s.txt": "the file is empty",
    }


# === Errors ===


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
