import numpy as np
import pytest

from benchmarks.port_lookup import evaluate_lookup


class _Dataset:
    """Packets given as (source port, target port, label)."""

    metadata = {"classes": {"application": ["mail", "chat"]}}

    def __init__(self, **parts):
        self._parts = parts

    def examples(self, part):
        for *ports, label in self._parts[part]:
            packet = np.zeros(1500, np.uint8)
            packet[20:24] = np.array(ports, ">u2").view(np.uint8)
            yield "key", {"packet": packet, "application": label}


def test_lower_port_decides_and_an_unknown_one_gets_the_largest_class():
    dataset = _Dataset(
        train=[(40_000, 25, 0), (25, 40_001, 0), (25, 9, 1), (6667, 50_000, 1)],
        test=[
            (50_123, 25, 0),  # known, right
            (6667, 50_124, 1),  # known, right
            (50_125, 50_126, 1),  # unknown: the first of the two largest, 0
            (1, 2, -1),  # no label
        ],
    )
    # Class 0: precision 1/2, recall 1. Class 1: precision 1, recall 1/2.
    assert evaluate_lookup(dataset) == {"application": pytest.approx(2 / 3)}
