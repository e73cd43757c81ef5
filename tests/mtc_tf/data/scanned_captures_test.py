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


def _parts(*values):
    names = ("call_1", "mail_1")
    return {n: np.array(v, np.int8) for n, v in zip(names, values, strict=True)}


def test_parts_lie_beside_them(scan):
    parts = _parts([0, 1, 2], [0, 0, 0, 0, 1, -1])
    divided = scan.with_parts(parts)
    # Another division, of a build beside or a worker that is late.
    scan.with_parts(_parts([0] * 3, [0] * 6))
    first, second = divided.captures()
    np.testing.assert_array_equal(first.parts, parts["call_1"])
    np.testing.assert_array_equal(second.parts, parts["mail_1"])


def test_what_is_gone_is_named(scan):
    divided = scan.with_parts(_parts([0] * 3, [0] * 6))
    message = "is missing or damaged; begin the build again$"
    for path in (divided.parts_path, divided.path):
        path.write_bytes(path.read_bytes()[:-1])
        with pytest.raises(InputError, match=f"{path.name} {message}"):
            divided.captures()
