import pytest
from small_audits import packet_audit
from small_audits import udp_packet

from mtc_tf.audit.repeated_rows import repeated_rows

ONE, TWO, THREE = (udp_packet(443, payload) for payload in range(3))


def test_planted_duplicates():
    found = repeated_rows(
        packet_audit(
            [
                ("train", "a", 1, "A", ONE),
                ("train", "a", 1, "A", ONE),
                ("validation", "a", 2, "A", THREE),
                ("test", "a", 3, "A", ONE),
                ("test", "b", 4, "B", ONE),
                ("test", "b", 4, "B", TWO),
            ]
        )
    )
    assert found["within"] == {"train": 1, "validation": 0, "test": 1}
    assert found["test_rows"] == 2
    assert found["test_share"] == pytest.approx(2 / 3)
    # The second test row has another label than train; all four equal rows
    # are equal to one with another label.
    assert found["other_label"] == {"application": {"test_rows": 1, "rows": 4}}
    contradiction, agreement = found["examples"]
    assert contradiction == {
        "test": {"capture": "b", "flow": 4, "labels": {"application": "B"}},
        "train": {"capture": "a", "flow": 1, "labels": {"application": "A"}},
    }
    assert agreement["test"]["flow"] == 3


def test_rows_without_a_label_contradict_nothing():
    found = repeated_rows(
        packet_audit(
            [
                ("train", "a", 1, "", ONE),
                ("train", "a", 1, "A", TWO),
                ("test", "b", 2, "B", ONE),
                ("test", "b", 2, "", TWO),
            ]
        )
    )
    assert found["test_rows"] == 2
    assert found["other_label"] == {"application": {"test_rows": 0, "rows": 0}}


def test_all_rows_differ():
    found = repeated_rows(
        packet_audit(
            [
                ("train", "a", 1, "A", ONE),
                ("validation", "a", 1, "A", TWO),
                ("test", "a", 1, "A", THREE),
            ]
        )
    )
    assert found["test_rows"] == 0
    assert found["examples"] == []
