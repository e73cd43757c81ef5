import numpy as np
import pytest
from small_captures import LABELS
from small_captures import write_small_capture

from mtc_tf.data.capture_scan import scan_captures
from mtc_tf.data.capture_source import CaptureSource
from mtc_tf.data.labels import read_label_map
from mtc_tf.errors import InputError


@pytest.fixture
def scan(tmp_path):
    """Two captures that were read together."""
    label_map = read_label_map(LABELS.encode(), name="labels.csv")
    sources = []
    for flows, name in enumerate(("call_1", "mail_1"), start=1):
        path = tmp_path / f"{name}.pcap"
        write_small_capture(path, flows=flows, packets=3)
        sources.append(
            CaptureSource.of(
                path, label_map.lookup(name), name=name, recipe="strict"
            )
        )
    (tmp_path / "spools").mkdir()
    return scan_captures(sources, tmp_path / "spools")


def test_captures_are_as_they_were(scan):
    assert scan.packets == 9
    first, second = scan.captures()
    assert (first.name, second.name) == ("call_1", "mail_1")
    assert (len(first.flows), len(second.flows)) == (1, 2)
    assert first.report.kept == 3
    assert first.parts is second.parts is None


def test_parts_lie_beside_them(scan):
    parts = {
        "call_1": np.array([0, 1, 2], np.int8),
        "mail_1": np.array([0, 0, 0, 0, 1, -1], np.int8),
    }
    first, second = scan.with_parts(parts, "flow-0").captures()
    np.testing.assert_array_equal(first.parts, parts["call_1"])
    np.testing.assert_array_equal(second.parts, parts["mail_1"])
    # Another division of the same captures, which goes on beside.
    others = {name: 0 * own for name, own in parts.items()}
    scan.with_parts(others, "flow-1")
    again = scan.with_parts(parts, "flow-0").captures()
    np.testing.assert_array_equal(again[1].parts, parts["mail_1"])


def test_what_is_gone_is_named(scan):
    divided = scan.with_parts({"call_1": np.zeros(3, np.int8)}, "flow-0")
    message = "is missing or damaged; begin the build again$"
    for path in (divided.parts_path, divided.path):
        path.write_bytes(path.read_bytes()[:-1])
        with pytest.raises(InputError, match=f"{path.name} {message}"):
            divided.captures()
