import collections
import csv
import functools
import gzip
import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow_datasets as tfds
from lab_captures import LAB_CAPTURES
from lab_captures import lab_capture
from traffic_lab.traffic_lab_dataset_builder import Builder

from lab.plans import find_scenario
from lab.report import count_capture
from lab.scenarios import Role
from mtc_tf.data.capture_dataset import CaptureDataset
from mtc_tf.data.labels import read_label_map
from mtc_tf.data.splits import PARTS
from mtc_tf.tasks import OTHER


def _rows(name):
    with (LAB_CAPTURES / name).open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module", params=["packet", "flow", "capture"])
def dataset(request):
    return _dataset(request.param)


@functools.cache
def _dataset(split):
    labels = read_label_map(
        (LAB_CAPTURES / "labels.csv").read_bytes(), name="labels.csv"
    )
    return CaptureDataset(LAB_CAPTURES, labels, split=split, recipe="strict")


@pytest.mark.parametrize(
    ("name", "is_unseen"), [("labels.csv", False), ("unknown.csv", True)]
)
def test_labels_are_those_of_the_lab(name, is_unseen):
    assert _rows(name) == [
        _labels(session)
        for session in _rows("sessions.csv")
        if (_role(session) is Role.UNSEEN) == is_unseen
    ]


def _role(session):
    return find_scenario(session["scenario"]).role


def _labels(session):
    scenario = find_scenario(session["scenario"])
    kind = scenario.traffic_type
    is_other = scenario.role is Role.OTHER
    return {
        "capture": session["capture"],
        "application": OTHER if is_other else scenario.application,
        "traffic_type": f"VPN: {kind}" if session["tunnel"] and kind else kind,
        "auxiliary": kind and f"All_{kind}",
        "group": session["capture"],
    }


def test_size_of_the_set():
    sessions = _rows("sessions.csv")
    captures = [
        path.name.removesuffix(".pcap.gz")
        for path in LAB_CAPTURES.glob("*.pcap.gz")
    ]
    assert sorted(captures) == sorted(row["capture"] for row in sessions)
    assert 10e6 < sum(int(row["bytes"]) for row in sessions) < 16e6
    assert sum(int(row["kept"]) for row in sessions) >= 30_000


def test_every_scenario_has_as_many_sessions():
    counts = collections.Counter(
        (row["scenario"], row["tunnel"] != "") for row in _rows("sessions.csv")
    )
    assert list(counts.values()) == [16] * 24 * 2


def test_flows_are_cut():
    for row in _rows("sessions.csv"):
        assert int(row["kept"]) <= 24 * int(row["flows"])


@pytest.mark.parametrize("number", [1, pytest.param(0, marks=pytest.mark.slow)])
def test_sessions_hold_what_their_table_says(number):
    """Of the first session of each scenario, or of all."""
    for row in _rows("sessions.csv"):
        if number and not row["capture"].endswith(f"_{number}"):
            continue
        counted = count_capture(lab_capture(row["capture"]))
        assert {name: row[name] for name in counted} == {
            name: str(value) for name, value in counted.items()
        }


def test_no_private_key_is_in_the_set():
    for path in LAB_CAPTURES.iterdir():
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        assert b"PRIVATE KEY" not in content, path.name


# Of a dataset with these digests the figures of earlier versions can be
# compared with its own.
DIGESTS = {
    "flow": ["bd14ed7570a1", "762b73fbca56", "ed1c2046fd89"],
    "capture": ["e35506214afa", "051cf6ae2915", "24a2c93b70cb"],
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
    unknown = [row["capture"] for row in _rows("unknown.csv")]
    assert sorted(report["captures_without_labels"]) == sorted(unknown)
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


def test_tor_and_other_traffic_count_for_the_application_only(dataset):
    report = dataset.metadata["report"]
    tor, other = (
        report["classes"]["application"][name] for name in ("Tor", OTHER)
    )
    both = {part: tor[part] + other[part] for part in tor}
    assert report["packets_without_label"]["traffic_type"] == both
    assert report["packets_without_label"]["auxiliary"] == both


@pytest.mark.slow
def test_build_needs_no_manual_folder(tmp_path):
    builder = Builder(data_dir=tmp_path, config="capture")
    builder.download_and_prepare()
    info = tfds.builder("traffic_lab/capture", data_dir=tmp_path).info
    assert info.features["application"].num_classes == 14
    assert info.features["traffic_type"].num_classes == 12
    assert info.features["auxiliary"].num_classes == 6
    assert info.metadata["label_map"]["version"] == "lab-2.0.0"
    test = builder.as_dataset(split="test", batch_size=-1)
    rows = tfds.as_numpy(test)
    assert np.ptp(rows["timestamp"]) > 1
    assert rows["packet"].shape[1:] == (1500,)


@pytest.mark.slow
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
