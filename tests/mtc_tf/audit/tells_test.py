import numpy as np
import pytest
from small_audits import packet_audit
from small_audits import record_audit
from small_audits import udp_packet

from mtc_tf.audit.fields import fields_of
from mtc_tf.audit.tells import tells


def _by_name(rows):
    drawn = np.flatnonzero(rows.parts == 0)
    return {one["name"]: one for one in tells(rows, drawn, 0)}


def test_planted_port_shortcut():
    ports = {"A": 80, "B": 443}
    found = _by_name(
        packet_audit(
            [
                (
                    *(part, f"{label}{number}", number, label),
                    udp_packet(port, 10 * number + len(part), 50_000 + number),
                )
                for label, port in ports.items()
                for number, part in enumerate(["train"] * 4 + ["test"] * 2)
            ]
        )
    )
    port = found["lower port"]
    assert port["test_share"] == 1
    assert port["tasks"]["application"] == {
        "macro_f1": 1.0,
        "fw16": 1.0,
        "information": pytest.approx(1),
    }
    # Always A: F1 of A is 2 * 2 / (2 + 4), of B 0.
    for name in ("ttl", "higher port", "flow", "group", "equal row"):
        figures = found[name]["tasks"]["application"]
        assert figures["macro_f1"] == pytest.approx(1 / 3), name
    assert found["higher port"]["test_share"] == 0


def test_planted_shared_flow_tells_half_of_the_test_rows():
    found = _by_name(
        packet_audit(
            [
                ("train", "a", 1, "A", udp_packet(80, 1)),
                ("train", "a", 2, "A", udp_packet(80, 2)),
                ("train", "b", 3, "B", udp_packet(80, 3)),
                ("test", "b", 3, "B", udp_packet(80, 4)),
                ("test", "c", 4, "B", udp_packet(80, 5)),
            ]
        )
    )
    assert found["flow"]["test_share"] == 0.5
    # One of two rows of B is found: F1 2 * 1 / (2 + 1).
    figures = found["flow"]["tasks"]["application"]
    assert figures["macro_f1"] == pytest.approx(2 / 3)
    assert found["lower port"]["tasks"]["application"]["macro_f1"] == 0


def test_features_of_records():
    parts = ["train"] * 4 + ["test"] * 2
    rows = record_audit(
        parts, "AABBAB", {"port": [1, 1, 2, 2, 1, 2], "size": [5] * 6}
    )
    found = _by_name(rows)
    assert list(found) == ["equal row", "port", "size"]
    assert found["port"]["tasks"]["attack"] == {
        "macro_f1": 1.0,
        "information": pytest.approx(1),
    }


def test_many_values_of_a_feature_become_ranges():
    numbers = np.arange(1000)
    rows = record_audit(
        ["train"] * 1000 + ["test"],
        ["A"] * 1001,
        {"bytes": [*numbers, 999.5], "flags": [*(numbers % 3), 2]},
    )
    fields = fields_of(rows, np.arange(1000))
    _, counts = np.unique(fields["bytes"][:1000], return_counts=True)
    assert len(counts) == 256
    assert counts.min() >= 3 and counts.max() <= 5
    # A number that training lacks lies in one of its ranges.
    assert fields["bytes"][1000] == fields["bytes"][999]
    assert len(np.unique(fields["flags"])) == 3
