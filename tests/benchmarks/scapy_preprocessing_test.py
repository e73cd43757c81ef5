"""What the benchmark compares with does the same work."""

import numpy as np
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
    expected = {
        number: row
        for number, row in enumerate(
            preprocess_frame(frame)
            for batch in read_capture(path)
            for frame in batch.frames()
        )
        if row
    }
    received = {
        number: bytes(row)
        for batch in preprocess_capture(path)
        for number, row in zip(
            batch.numbers.tolist(), batch.packets, strict=True
        )
    }
    assert received == expected


def test_capture_is_mixed(path):
    report = CaptureReport()
    batches = list(preprocess_capture(path, report=report))
    assert report.dropped == {
        "arp": 40,
        "icmp": 16,
        "dns": 48,
        "empty_tcp": 160,
    }
    for name, expected in (("ip_versions", {4, 6}), ("protocols", {6, 17})):
        columns = [getattr(batch, name) for batch in batches]
        assert set(np.concatenate(columns).tolist()) == expected
