import json

import pytest
from small_captures import LABELS
from small_captures import write_small_dataset

from mtc_tf.data.capture_dataset import CaptureDataset
from mtc_tf.data.capture_report import format_data_report
from mtc_tf.data.labels import read_label_map
from mtc_tf.data.splits import PARTS


@pytest.fixture
def folder(tmp_path):
    write_small_dataset(tmp_path)
    return tmp_path


def _metadata(folder, **kwargs):
    label_map = read_label_map(LABELS.encode(), name="labels.csv", **kwargs)
    dataset = CaptureDataset(folder, label_map, split="flow", recipe="strict")
    return json.loads(json.dumps(dataset.metadata))


def test_report_counts_and_names_gaps(folder):
    metadata = _metadata(folder)
    report = metadata["report"]
    assert report["parts"]["kept"] == 96
    assert sum(report["parts"][part] for part in PARTS) == 96
    assert report["captures"][0]["capture"] == "call_1"
    assert report["captures"][0]["read"] == 12
    assert report["captures_without_labels"] == ["unheard_of"]
    assert report["labels_without_captures"] == ["never"]
    assert report["files_passed_over"] == {}
    assert report["classes_without_packets"]["application"] == ["Ghost"]
    assert report["packets_without_label"]["traffic_type"]["kept"] == 12
    assert metadata["label_map"]["version"] == "own"
    text = format_data_report(metadata)
    assert "Captures without a label, left out: unheard_of" in text
    assert "Labels without a capture: never" in text
    assert "application: classes without packets: Ghost" in text
    assert metadata["digests"]["train"] in text


FLOWS = """capture,application,traffic_type,flows
call_*,Phone,VoIP,port 40000
call_*,Web,Chat,tcp
mail_*,Post,Email,
mail_*,Post 3,Email,port 40003
never,Ghost,Chat,udp
"""


def test_report_counts_flows_and_names_filters_without_any(folder):
    label_map = read_label_map(FLOWS.encode(), name="labels.csv")
    dataset = CaptureDataset(folder, label_map, split="flow", recipe="strict")
    report = dataset.metadata["report"]
    # Four calls, of whose four flows of three packets each one has a label.
    assert report["parts"]["kept"] == 4 * 3 + 2 * 12
    classes = report["classes"]["application"]
    assert {name: row["kept"] for name, row in classes.items()} == {
        "Ghost": 0,
        "Phone": 12,
        "Post": 18,
        "Post 3": 6,
        "Web": 0,
    }
    assert report["flows_without_labels"] == {
        f"call_{number}": {"flows": 3, "packets": 9} for number in range(1, 5)
    }
    assert report["filters_without_flows"] == [
        {"capture": "call_*", "flows": "tcp"}
    ]
    assert report["labels_without_captures"] == ["never"]
    lines = format_data_report(dataset.metadata).splitlines()
    assert "call_1: flows without a label, left out: 3 (9 packets)" in lines
    assert "call_*: no flow is matched by tcp" in lines


def test_report_of_an_earlier_version(folder):
    metadata = _metadata(folder)
    del metadata["report"]["flows_without_labels"]
    del metadata["report"]["filters_without_flows"]
    assert format_data_report(metadata) == format_data_report(_metadata(folder))


def test_report_only_counts_what_a_shipped_map_names_in_vain(folder):
    text = format_data_report(_metadata(folder, version="1.0.0"))
    assert "Labels without a capture: 1" in text


def test_report_lists_what_was_passed_over(folder):
    assert "Files passed over: none" in format_data_report(_metadata(folder))
    (folder / "notes\n.txt").touch()
    lines = format_data_report(_metadata(folder)).splitlines()
    assert lines[-2:] == [
        "Files passed over: 1",
        r"  notes\n.txt: the file is empty",
    ]


def test_report_shows_what_a_terminal_would_obey(folder):
    (folder / "unheard_of.pcap").rename(folder / "\x1b[2Ju\n.pcap")
    (folder / "call_1.pcap").rename(folder / "call_\x1b[31m.pcap")
    text = format_data_report(_metadata(folder))
    assert r"left out: \x1b[2Ju\n" in text
    assert r"call_\x1b[31m  " in text
    assert "\x1b" not in text


def test_report_names_classes_that_a_part_lacks(folder):
    metadata = _metadata(folder)
    rows = metadata["report"]["classes"]["application"]
    rows["Post"]["train"] = 0
    rows["Phone"]["test"] = rows["Tor"]["test"] = 0
    text = format_data_report(metadata)
    assert "application: nothing in train of: Post\n" in text
    assert "application: nothing in test of: Phone, Tor\n" in text
    # It has no packets at all, which another line says.
    assert "Ghost," not in text
