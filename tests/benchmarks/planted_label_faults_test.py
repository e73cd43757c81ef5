import numpy as np
import pytest
from small_audits import packet_audit
from small_audits import udp_packet

from benchmarks.planted_label_faults import count_found
from benchmarks.planted_label_faults import plant

PORTS = {"A": 80, "B": 443}


def _rows():
    """Ten captures of each class, which the port tells; one has no label."""
    rows = [
        ("train", f"{label}{n}", 10 * port + n, label, udp_packet(port, n))
        for label, port in PORTS.items()
        for n in range(10)
    ]
    return packet_audit([*rows, ("train", "none", 1, "", udp_packet(80))])


def test_labelled_captures_get_another_label():
    rows = _rows()
    planted, changed = plant(rows, 5, seed=0)
    before, after = (x.labels["application"] for x in (rows, planted))
    differs = np.flatnonzero(before != after)
    names = {rows.source(row)["capture"] for row in differs}
    assert names == changed["application"]
    assert len(names) == 5
    assert "none" not in names
    np.testing.assert_array_equal(after[differs], 1 - before[differs])


@pytest.mark.slow
def test_what_the_audit_finds_is_counted():
    assert count_found(_rows(), 2, seed=0) == (2, 2, 0, 20)
    assert count_found(_rows(), 0, seed=0) == (0, 0, 0, 20)
