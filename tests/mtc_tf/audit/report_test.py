import pytest
from small_audits import packet_audit
from small_audits import udp_packet

from mtc_tf.audit import out_of_group
from mtc_tf.audit.audit import audit
from mtc_tf.audit.report import report_text

PORTS = {"A": 80, "B": 443}


@pytest.fixture
def found(few_trees, monkeypatch):
    """Ports tell the label; one packet of a4 stands in two parts."""
    forest = out_of_group.RandomForestClassifier(5, random_state=0)
    monkeypatch.setattr(out_of_group, "_FOREST", forest)
    rows = [
        (
            part,
            f"{label.lower()}{number}",
            10 * port + number,
            label,
            udp_packet(port, number),
        )
        for label, port in PORTS.items()
        for number, part in enumerate(
            ["train", "train", "train", "validation", "test", "test"]
        )
    ]
    rows.append(("train", "a4", 804, "A", udp_packet(80, 4)))
    return audit(packet_audit(rows))


def test_worst_comes_first(found):
    lines = report_text(found).splitlines()
    assert lines[0] == (
        "small/audit/1.0.0: 7 train, 2 validation, 4 test rows; divided by "
        "packet, recipe paper"
    )
    numbered = [line for line in lines if line[:1].isdigit()]
    # One of four test rows is known by itself, by its flow and by its group:
    # it is of A, as all that is not known, so that this is worth nothing.
    assert numbered == [
        "1. destination port: 1.00 of macro F1 by itself (application)",
        # The lower port is the same one, and stands in the table alone.
        "2. equal row: 0.33 of macro F1 by itself (application)",
        "3. flow: 0.33 of macro F1 by itself (application)",
        "4. group: 0.33 of macro F1 by itself (application)",
    ]


def test_what_is_shared_is_counted_and_named(found):
    text = report_text(found)
    assert "1 of 4 test rows (25.0%) have an equal row in train" in text
    assert (
        "1 of 12 flows stand in several parts; of 1 of 4 test rows (25.0%) the "
        "flow is in train\n   - flow 804 of a4: 1 train, 0 validation, 1 test"
    ) in text
    assert "- test: capture a4 flow 804 (A); train: capture a4 flow 804" in text
    assert "application: 0 of 12 judged" in text


def test_answer_to_compare_with(found):
    text = report_text(found)
    assert "To compare, majority: 0.33 (application)" in text
    assert "majority    0.333 / 0.333" in text


def test_findings_are_kept_for_the_page(found):
    port, equal_row, flow, _ = found["findings"]
    assert port == {
        "text": "destination port: 1.00 of macro F1 by itself (application)",
        "details": "",
        "examples": [],
        "remedy": "",
    }
    assert equal_row["details"].startswith("1 of 4 test rows (25.0%) have an")
    assert flow["examples"] == [
        "- flow 804 of a4: 1 train, 0 validation, 1 test"
    ]
    assert flow["remedy"].startswith("The splits by flow and by capture")


def test_one_class_is_nothing_to_tell():
    rows = [
        (part, part, number, "A", udp_packet(80, number))
        for number, part in enumerate(["train", "train", "validation", "test"])
    ]
    text = report_text(audit(packet_audit(rows)))
    assert "learned on train\nnothing does\n\nEqual rows" in text
    assert "Shallow models: no task has two classes in train" in text
