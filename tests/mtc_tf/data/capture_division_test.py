import weakref

import pytest
from small_captures import LABELS
from small_captures import write_small_dataset

from mtc_tf.data import capture_split
from mtc_tf.data.balancing import PacketCap
from mtc_tf.data.capture_division import divide_captures
from mtc_tf.data.capture_scan import scan_captures
from mtc_tf.data.capture_source import CaptureSource
from mtc_tf.data.capture_split import SPLITS
from mtc_tf.data.labels import read_label_map
from mtc_tf.data.named_captures import named_captures
from mtc_tf.data.scanned_captures import ScannedCaptures
from mtc_tf.data.splits import PARTS


@pytest.fixture
def scans(tmp_path):
    """Captures that were read one by one, by their names."""
    (tmp_path / "captures").mkdir()
    (tmp_path / "spools").mkdir()
    write_small_dataset(tmp_path / "captures")
    label_map = read_label_map(LABELS.encode(), name="labels.csv")
    paths, _ = named_captures(tmp_path / "captures")
    sources = [
        CaptureSource.of(path, labels, name=name, recipe="strict")
        for name, path in paths.items()
        if (labels := label_map.lookup(name))
    ]
    return [scan_captures([own], tmp_path / "spools") for own in sources]


@pytest.mark.parametrize("split", SPLITS)
def test_captures_are_held_one_after_the_other(split, scans, monkeypatch):
    read = []
    captures = ScannedCaptures.captures

    def counting(self):
        # That of the last scan may be there until this one takes its name.
        assert sum(own() is not None for own in read) <= 1
        found = captures(self)
        read.extend(map(weakref.ref, found))
        return found

    monkeypatch.setattr(ScannedCaptures, "captures", counting)
    division = divide_captures(scans, split, 0)
    assert len(read) >= 2 * len(scans)
    assert len(division.counts) == len(scans) == 8


def test_what_is_told_of_parts_is_what_lies_in_them(scans, monkeypatch):
    monkeypatch.setattr(capture_split, "PacketCap", _small_cap)
    division = divide_captures(scans, "packet", 0)
    packets = dict.fromkeys(PARTS, 0)
    nbytes = dict.fromkeys(PARTS, 0)
    for scan in division.scans:
        for capture in scan.captures():
            for index, part in enumerate(PARTS):
                for _, stored in capture.batches_of(index):
                    packets[part] += len(stored.starts)
                    nbytes[part] += sum(map(len, stored.own_bytes))
    assert nbytes == division.nbytes
    for part, count in packets.items():
        assert count == sum(
            own[part] for counts in division.counts for own in counts.of_labels
        )
    assert sum(packets.values()) == 20 + 20 + 12
    assert division.windows is None


def _small_cap(*, seed):
    return PacketCap(seed=seed, cap=20)
