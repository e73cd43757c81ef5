import numpy as np
import pytest
from small_audits import packet_audit
from small_audits import udp_packet

from mtc_tf.audit import out_of_group
from mtc_tf.audit.doubtful_captures import contradictions
from mtc_tf.audit.doubtful_captures import doubtful_captures

PORTS = {"A": 80, "B": 443}


@pytest.fixture(autouse=True)
def few_trees(monkeypatch):
    monkeypatch.setattr(
        out_of_group,
        "_FOREST",
        out_of_group.RandomForestClassifier(20, random_state=0),
    )


def _rows(faults=(), alone=(), more=()):
    """Six captures of A and of B, two flows each; some labels are others."""
    rows = []
    for label, port in PORTS.items():
        for number in range(6):
            capture = f"{label.lower()}_{number}"
            given = dict(faults).get(capture, label)
            for flow in range(2):
                flow_id = 100 * port + 10 * number + flow
                rows += [
                    ("train", capture, flow_id, given, udp_packet(port, x))
                    for x in range(3)
                ]
    for capture, label in alone:
        rows.append(("train", capture, 7, label, udp_packet(80)))
    return packet_audit([*rows, *more])


def test_planted_label_fault():
    found = doubtful_captures(_rows([("b_2", "A")]))["application"]
    assert found["judged"] == 12
    [doubt] = found["doubtful"]
    assert doubt.pop("contradiction") > 1.5
    assert doubt.pop("probability")["looks_like"] > 0.8
    assert doubt.pop("usual")["label"] > 0.8
    assert doubt == {
        "capture": "b_2",
        "label": "A",
        "looks_like": "B",
        "flows": 2,
    }


def test_capture_of_two_labels_is_judged_by_the_flows_of_each():
    # Flows of A and of B in one capture, like those of other captures.
    mixed = [
        ("train", "mixed", 7, "A", udp_packet(80)),
        ("train", "mixed", 8, "B", udp_packet(443)),
    ]
    found = doubtful_captures(_rows(more=mixed))["application"]
    assert found == {"judged": 14, "doubtful": []}
    # Only what is labelled wrongly is in doubt.
    mixed[1] = ("train", "mixed", 8, "B", udp_packet(80))
    [doubt] = doubtful_captures(_rows(more=mixed))["application"]["doubtful"]
    assert (doubt["capture"], doubt["label"], doubt["flows"]) == (
        "mixed",
        "B",
        1,
    )


def test_contradiction_is_what_differs_from_others_of_the_label():
    means = np.array(
        [
            [0.75, 0.25, 0.0],  # as is usual for A
            [0.5, 0.25, 0.25],
            [0.0, 0.25, 0.75],  # of A, and unlike it
            [0.5, 0.5, 0.0],  # the only one of B
        ]
    )
    others, found, usual = contradictions(
        means, labels=np.array([0, 0, 0, 1]), groups=np.arange(4)
    )
    np.testing.assert_array_equal(usual[2], [0.625, 0.25, 0.125])
    # C is 0.625 above it, A 0.625 below.
    assert (others[2], found[2]) == (2, 1.25)
    # Others have 0.25, 0.25 and 0.5: nothing looks like B or C.
    assert found[0] == -0.5
    assert found[3] == 0


def test_captures_of_the_same_group_do_not_vouch_for_each_other():
    means = np.array([[0.0, 1.0], [0.0, 1.0], [1.0, 0.0]])
    _, found, usual = contradictions(
        means, labels=np.zeros(3, int), groups=np.array([5, 5, 6])
    )
    np.testing.assert_array_equal(usual[:2], [[1, 0], [1, 0]])
    np.testing.assert_array_equal(found, [2, 2, -2])


def test_right_labels_raise_no_alarm():
    assert doubtful_captures(_rows()) == {
        "application": {"judged": 12, "doubtful": []}
    }


def test_class_of_one_group_is_not_judged():
    # It looks like A, and what else could it look like?
    found = doubtful_captures(_rows(alone=[("only", "C")]))["application"]
    assert found == {"judged": 12, "doubtful": []}


def test_rows_without_a_label_are_passed_over():
    found = doubtful_captures(_rows([("a_0", ""), ("b_2", "A")]))
    assert found["application"]["judged"] == 11
    assert len(found["application"]["doubtful"]) == 1


def test_one_class_cannot_be_judged():
    rows = packet_audit(
        [("train", f"a{n}", n, "A", udp_packet(80)) for n in range(3)]
    )
    assert doubtful_captures(rows) == {
        "application": {"judged": 0, "doubtful": []}
    }


def test_groups_of_each_class_go_to_all_folds():
    groups = np.repeat(np.arange(20), 2)
    labels = groups % 2
    folds = out_of_group.group_folds(groups, labels)
    np.testing.assert_array_equal(folds[::2], folds[1::2])
    for label in (0, 1):
        counts = np.bincount(folds[labels == label])
        np.testing.assert_array_equal(counts, [4] * 5)
