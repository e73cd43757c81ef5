import csv
import os
import subprocess
import sys
import types

import numpy as np
import pytest
import tensorflow_datasets as tfds
from lab_captures import LAB_CAPTURES
from traffic_lab.traffic_lab_dataset_builder import Builder

from lab.plans import labels_row
from lab.report import count_capture
from mtc_tf.data.capture_dataset import CaptureDataset
from mtc_tf.data.labels import read_label_map
from mtc_tf.data.splits import PARTS


def _rows(name):
    with (LAB_CAPTURES / name).open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module", params=["packet", "flow", "capture"])
def dataset(request):
    return _dataset(request.param)


def _dataset(split):
    labels = read_label_map(
        (LAB_CAPTURES / "labels.csv").read_bytes(), name="labels.csv"
    )
    return CaptureDataset(LAB_CAPTURES, labels, split=split, recipe="strict")


def test_labels_are_those_of_the_lab():
    # What today's lab would play is more than what this set was made of.
    sessions = [
        types.SimpleNamespace(**row, name=row["capture"])
        for row in _rows("sessions.csv")
    ]
    assert _rows("labels.csv") == list(map(labels_row, sessions))


def test_size_of_the_set():
    sessions = _rows("sessions.csv")
    captures = sorted(path.stem for path in LAB_CAPTURES.glob("*.pcap"))
    assert captures == sorted(row["capture"] for row in sessions)
    assert 10e6 < sum(int(row["bytes"]) for row in sessions) < 15e6
    assert sum(int(row["kept"]) for row in sessions) >= 15_000


def test_sessions_hold_what_their_table_says():
    for row in _rows("sessions.csv"):
        counted = count_capture(LAB_CAPTURES / f"{row['capture']}.pcap")
        assert {name: row[name] for name in counted} == {
            name: str(value) for name, value in counted.items()
        }


def test_no_private_key_is_in_the_set():
    for path in LAB_CAPTURES.iterdir():
        assert b"PRIVATE KEY" not in path.read_bytes(), path.name


# Of a dataset with these digests the figures of earlier versions can be
# compared with its own.
DIGESTS = {
    "flow": ["157f0acd3df9", "5bf96f09b248", "17140e397c68"],
    "capture": ["7029e05677a1", "f2fe717bff74", "264adb8b9135"],
}


@pytest.mark.parametrize("split", list(DIGESTS))
def test_parts_are_those_of_earlier_versions(split):
    digests = _dataset(split).metadata["digests"].values()
    assert [digest[:12] for digest in digests] == DIGESTS[split]


def test_every_class_is_in_every_part(dataset):
    for rows in dataset.metadata["report"]["classes"].values():
        for name, row in rows.items():
            assert min(row.values()) > 0, name


def test_no_label_is_left_over(dataset):
    report = dataset.metadata["report"]
    assert report["captures_without_labels"] == []
    assert report["labels_without_captures"] == []
    assert report["classes_split_by_flow"] == []
    assert not any(row["warnings"] for row in report["captures"])


def test_what_the_split_keeps_apart(dataset):
    units = {"packet": ("capture", "number"), "flow": ("flow",)}
    own = units.get(dataset.metadata["split"], ("group",))
    parts = []
    for part in PARTS:
        found = set()
        for key, example in dataset.examples(part):
            example["number"] = key
            found.add(tuple(example[name] for name in own))
        parts.append(found)
    assert sum(map(len, parts)) == len(set.union(*parts))


def test_tor_counts_for_the_application_only(dataset):
    report = dataset.metadata["report"]
    tor = report["classes"]["application"]["Tor"]
    assert report["packets_without_label"]["traffic_type"] == tor
    assert report["packets_without_label"]["auxiliary"] == tor


def test_build_needs_no_manual_folder(tmp_path):
    builder = Builder(data_dir=tmp_path, config="capture")
    builder.download_and_prepare()
    info = tfds.builder("traffic_lab/capture", data_dir=tmp_path).info
    assert info.features["application"].num_classes == 13
    assert info.features["traffic_type"].num_classes == 12
    assert info.features["auxiliary"].num_classes == 6
    assert info.metadata["label_map"]["version"] == "lab-1.0.0"
    test = builder.as_dataset(split="test", batch_size=-1)
    rows = tfds.as_numpy(test)
    assert np.ptp(rows["timestamp"]) > 1
    assert rows["packet"].shape[1:] == (1500,)


def test_command_builds_it(tmp_path):
    command = [sys.executable, "-m", "tensorflow_datasets.scripts.cli.main"]
    done = subprocess.run(
        [
            *(*command, "build", str(LAB_CAPTURES.parent)),
            *("--config=flow", f"--data_dir={tmp_path}"),
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    assert "Split by flow, split seed 0; recipe strict" in done.stdout
