import io

import pytest

from benchmarks.stream_memory import is_flat
from benchmarks.stream_memory import mixed_packets
from benchmarks.stream_memory import one_packet_flows
from mtc_tf.packets import CaptureReport
from mtc_tf.packets import preprocess_capture


def _read(parts):
    content = b"".join(piece for part in parts for piece in part)
    report = CaptureReport()
    batches = list(
        preprocess_capture(io.BytesIO(content), name="x", report=report)
    )
    flows = {flow for batch in batches for flow in batch.flows.tolist()}
    return report, flows


def test_flood_has_a_flow_for_each_packet():
    parts = one_packet_flows(123)
    assert len(parts) == 10
    report, flows = _read(parts)
    assert (report.read, report.kept, len(flows)) == (123, 123, 123)
    assert report.warnings == []


def test_mixed_packets_are_as_large_as_asked(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.stream_memory._MIXED_PACKETS", 400)
    parts = mixed_packets(tmp_path, gigabytes=0.004)
    size = sum(len(piece) for part in parts for piece in part)
    assert size == pytest.approx(4e6, rel=0.3)
    report, _ = _read(parts)
    assert report.read % 4000 == 0
    assert report.warnings == []


@pytest.mark.parametrize(
    ("last", "flat"), [(110, True), (111, False), (50, True)]
)
def test_growth_behind_the_second_tenth(last, flat):
    assert is_flat([1, 100, *[100] * 7, last]) == flat
