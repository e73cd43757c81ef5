"""What the benchmark compares with does the same work."""

import pytest

from benchmarks.mixed_capture import FORMATS
from benchmarks.mixed_capture import write_mixed_capture
from benchmarks.scapy_preprocessing import preprocess_frame
from mtc_tf.packets import CaptureReport
from mtc_tf.packets import preprocess_capture
from mtc_tf.packets import read_capture


@pytest.fixture(scope="module", params=FORMATS)
def path(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("capture") / "mixed"
    write_mixed_capture(path, 800, request.param)
    return path


def test_rows_equal_those_of_scapy(path):
    (frames,) = read_capture(path)
    expected = [
        preprocess_frame(frames.data[start : start + length].tobytes())
        for start, length in zip(frames.starts, frames.lengths, strict=True)
    ]
    (batch,) = preprocess_capture(path)
    assert list(map(bytes, batch.packets)) == [row for row in expected if row]
    assert batch.numbers.tolist() == [
        number for number, row in enumerate(expected) if row
    ]


def test_capture_is_mixed(path):
    report = CaptureReport()
    (batch,) = preprocess_capture(path, report=report)
    assert report.dropped == {
        "arp": 40,
        "icmp": 16,
        "dns": 48,
        "empty_tcp": 160,
    }
    assert set(batch.ip_versions.tolist()) == {4, 6}
    assert set(batch.protocols.tolist()) == {6, 17}
