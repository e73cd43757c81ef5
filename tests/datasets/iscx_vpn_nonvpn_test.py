import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow_datasets as tfds
from iscx_vpn_nonvpn import iscx_vpn_nonvpn_dataset_builder
from shared_data import SHARED
from shared_data import requires_shared
from small_captures import DUMMY_DATA
from small_captures import write_dummy_data
from small_captures import write_small_capture

from mtc_tf.data.input_pipeline import load_builder
from mtc_tf.data.input_pipeline import read_columns

Builder = iscx_vpn_nonvpn_dataset_builder.Builder
CAPTURES = SHARED / "iscx_vpn_nonvpn" / "captures"


class PaperConfigTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ["paper"]
    SPLITS = {"train": 47, "validation": 10, "test": 9}


class RecordConfigTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ["flow"]
    SPLITS = {"train": 42, "validation": 9, "test": 15}


class CaptureConfigTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ["capture"]
    SPLITS = {"train": 27, "validation": 18, "test": 21}


class FlowSeriesConfigTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ["flow_series"]
    SPLITS = {"train": 14, "validation": 3, "test": 5}


class CaptureSeriesConfigTest(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = Builder
    BUILDER_CONFIG_NAMES_TO_TEST = ["capture_series"]
    SPLITS = {"train": 9, "validation": 6, "test": 7}


def _prepare(manual_dir, data_dir, config="flow"):
    builder = Builder(data_dir=data_dir, config=config)
    builder.download_and_prepare(
        download_config=tfds.download.DownloadConfig(manual_dir=manual_dir)
    )
    return builder


def _examples(builder):
    return {
        part: list(tfds.as_numpy(builder.as_dataset(split=part)))
        for part in ("train", "validation", "test")
    }


def test_dummy_data_is_what_its_script_writes(tmp_path):
    write_dummy_data(tmp_path)
    names = sorted(path.name for path in DUMMY_DATA.iterdir())
    assert names == sorted(path.name for path in tmp_path.iterdir())
    for name in names:
        assert (DUMMY_DATA / name).read_bytes() == (
            tmp_path / name
        ).read_bytes()


def test_loaded_by_name_it_has_classes_report_and_exact_values(tmp_path):
    _prepare(DUMMY_DATA, tmp_path)
    builder = tfds.builder("iscx_vpn_nonvpn/flow", data_dir=tmp_path)
    names = builder.info.features["application"].names
    assert names == builder.info.metadata["classes"]["application"]
    assert len(names) == 17
    report = builder.info.metadata["report"]
    assert report["captures_without_labels"] == ["unheard_of"]
    assert set(builder.info.metadata["digests"]) == set(builder.info.splits)
    examples = sum(_examples(builder).values(), [])
    tor = [e for e in examples if e["capture"] == b"torFacebook"]
    assert {e["traffic_type"] for e in tor} == {-1}
    assert {names[e["application"]] for e in tor} == {"Tor"}
    # Seconds and their fractions, which float32 would round to minutes.
    assert {e["timestamp"] for e in tor} == {
        1_700_000_000 + turn / 8 for turn in range(12)
    }


# Of a dataset with these digests the figures of earlier versions can be
# compared with those of today.
@pytest.mark.parametrize(
    ("config", "digests"),
    [
        ("paper", ["990a27214876", "8b6b564699d0", "930d55a67ed5"]),
        ("flow", ["e5f910df54ec", "0024d333c0ee", "3df12821e1dd"]),
        ("capture", ["b92978888640", "676929d0bcde", "e945136d3736"]),
    ],
)
def test_parts_are_those_of_earlier_versions(config, digests, tmp_path):
    builder = _prepare(DUMMY_DATA, tmp_path, config)
    received = builder.info.metadata["digests"].values()
    assert [digest[:12] for digest in received] == digests


def test_flows_lie_where_they_lie_without_series(tmp_path):
    flows = []
    for config in ("flow", "flow_series"):
        _prepare(DUMMY_DATA, tmp_path, config)
        builder = load_builder(f"iscx_vpn_nonvpn/{config}", tmp_path)
        flows.append(
            [
                set(read_columns(builder, part, ["flow"])["flow"].tolist())
                for part in builder.info.splits
            ]
        )
    assert flows[0] == flows[1]
    assert "length" not in builder.info.features
    series = read_columns(builder, "test", ["series"])["series"]
    assert series.shape == (len(flows[1][2]), 10, 68)


def test_report_is_printed(tmp_path, capsys):
    _prepare(DUMMY_DATA, tmp_path)
    printed = capsys.readouterr().out
    assert "Captures without a label, left out: unheard_of" in printed
    assert "classes without packets: Email, Facebook" in printed


def test_labels_of_ones_own_bring_their_own_classes(tmp_path):
    captures = tmp_path / "captures"
    captures.mkdir()
    write_small_capture(captures / "film_1.pcap", flows=6)
    (captures / "labels.csv").write_text(
        "capture,application,traffic_type\nfilm_*,Cinema,Streaming\n"
    )
    builder = _prepare(captures, tmp_path / "data")
    assert builder.info.features["application"].names == ["Cinema"]
    assert builder.info.features["auxiliary"].names == ["All_Streaming"]
    assert builder.info.metadata["label_map"]["version"] == "own"


def test_names_that_are_not_utf8_or_hold_control_characters(tmp_path):
    captures = tmp_path / "captures"
    captures.mkdir()
    names = [b"caf\xe9.pcap", "café.pcap".encode(), b"tab\tline\n.pcap"]
    for name in names:
        write_small_capture(captures / "x.pcap", flows=6)
        (captures / "x.pcap").rename(captures / os.fsdecode(name))
    (captures / os.fsdecode(b"not\xe9s.txt")).touch()
    (captures / "labels.csv").write_text(
        "capture,application,traffic_type\n*,Cinema,Streaming\n", "utf-8"
    )
    _prepare(captures, tmp_path / "data")
    builder = tfds.builder("iscx_vpn_nonvpn/flow", data_dir=tmp_path / "data")
    examples = sum(_examples(builder).values(), [])
    assert len(examples) == 3 * 18
    found = {example["capture"] for example in examples}
    assert found == {rb"caf\xe9", "café".encode(), b"tab\tline\n"}
    report = builder.info.metadata["report"]
    assert list(report["files_passed_over"]) == [r"not\xe9s.txt"]


def test_label_with_a_line_break_is_refused(tmp_path):
    captures = tmp_path / "captures"
    captures.mkdir()
    write_small_capture(captures / "film_1.pcap")
    (captures / "labels.csv").write_text(
        'capture,application,traffic_type\nfilm_1,"A\nB",Streaming\n'
    )
    message = r"labels.csv, line 2, column `application`: .* received 'A\\nB'$"
    with pytest.raises(SystemExit, match=message):
        _prepare(captures, tmp_path / "data")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "empty.* put the captures of ISCX .* --manual_dir"),
        ({"labels.csv": b"capture,application\n"}, "labels.csv, line 1: exp"),
        ({"notes.txt": b"-"}, "expected captures"),
        ({"aimchat1.pcap": b"hello"}, "aimchat1.pcap: not a capture"),
    ],
)
def test_bad_manual_folder_ends_in_one_line(tmp_path, files, message):
    captures = tmp_path / "captures"
    captures.mkdir()
    for name, content in files.items():
        (captures / name).write_bytes(content)
    with pytest.raises(SystemExit, match=message) as caught:
        _prepare(captures, tmp_path / "data")
    line = str(caught.value)
    assert line.startswith("iscx_vpn_nonvpn: error: ")
    assert "\n" not in line
    # Nothing that looks like a dataset, whole or half.
    assert not list((tmp_path / "data").rglob("*2.0.1*"))


@pytest.mark.slow
def test_command_ends_without_a_traceback(tmp_path):
    command = [sys.executable, "-m", "tensorflow_datasets.scripts.cli.main"]
    done = subprocess.run(
        [
            *command,
            "build",
            str(DUMMY_DATA.parent),
            f"--manual_dir={tmp_path / 'missing'}",
            f"--data_dir={tmp_path / 'data'}",
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "missing does not exist or is empty" in done.stderr


@pytest.mark.slow
@requires_shared
def test_real_captures_by_flow(tmp_path):
    builder = _prepare(CAPTURES, tmp_path)
    wanted = tfds.decode.PartialDecoding({"flow": True, "application": True})
    parts = [
        tfds.as_numpy(
            builder.as_dataset(split=part, batch_size=-1, decoders=wanted)
        )
        for part in builder.info.splits
    ]
    flows = [set(part["flow"].tolist()) for part in parts]
    assert sum(map(len, flows)) == len(set.union(*flows))

    names = builder.info.features["application"].names
    labels = np.concatenate([part["application"] for part in parts])
    counts = dict(zip(names, np.bincount(labels, minlength=17), strict=True))
    # All captures of AIM Chat, ICQ and Gmail that are here; compare with the
    # counts over the whole public dataset: 3,923, 3,435 and 9,781.
    assert 3_000 < counts["AIM Chat"] < 4_500
    assert 3_000 < counts["ICQ"] < 4_500
    assert 500 < counts["Gmail"] < 9_781
    assert counts["SCP"] > 100
    assert counts["Tor"] == counts["Netflix"] == 0
    assert len(labels) == builder.info.metadata["report"]["parts"]["kept"]
