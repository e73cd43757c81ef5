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
