import dataclasses

import pytest
import small_findings

from mtc_tf.evaluation.page.audited_dataset import audited_dataset
from mtc_tf.evaluation.page.parts import Estimate


@dataclasses.dataclass(frozen=True)
class _Run:
    audit: dict | None


@pytest.fixture
def section():
    return audited_dataset([_Run(small_findings.audit())])


def test_leaks_are_told_in_words_the_worst_first(section):
    _, *sentences = section.sentences
    assert sentences == [
        "1. flow: 0.50 of macro F1 by itself (application). 1 of 5 flows stand "
        "in several parts. The split by flow takes this away.",
        "2. lower port: 0.38 of macro F1 by itself (application).",
        "1 test rows have an equal row in train with another application.",
        "Application: the other groups contradict the label of 1 of 3 "
        "captures.",
    ]


def test_what_stands_in_two_parts(section):
    table = section.parts[0]
    assert table.name == "audit_shared"
    equal, flow, group = table.rows
    assert equal == {
        "what": "equal row",
        "there are": None,
        "in several parts": None,
        "test rows with theirs in train": 2,
        "share of the test rows": Estimate(0.25),
    }
    assert list(flow.values()) == ["flow", 5, 1, 4, Estimate(0.5)]
    assert list(group.values()) == ["group", 3, 0, 0, Estimate(0.0)]


def test_fields_stand_below_the_largest_class(section):
    table = section.parts[1]
    assert table.name == "audit_tells"
    # Of eleven ten are shown.
    assert len(table.rows) == 11
    constant, port, *_ = table.rows
    assert constant == {
        "by itself": "always the largest class",
        "known test rows": None,
        "Application, macro F1": Estimate(0.125),
        "Application, fw16": Estimate(0.0625),
    }
    assert list(port.values()) == [
        "lower port",
        Estimate(0.5),
        Estimate(0.375),
        Estimate(0.1875),
    ]


def test_shallow_models_and_captures_in_doubt(section):
    _, _, models, captures = section.parts
    assert [row["model"] for row in models.rows] == [
        "always the largest class",
        "forest",
    ]
    assert models.rows[1]["Application, fw16"] == Estimate(0.625)
    [row] = captures.rows
    assert list(row.values()) == [
        *("call_1", "Chat", "VoIP", "Application", 4, 3),
        Estimate(0.875),
    ]


def test_records_belong_to_no_flow():
    audit = small_findings.audit()
    del audit["shared"], audit["captures"]
    audit["baselines"] = {"attack": {"always the largest class": {}}}
    for scores in audit["baselines"]["attack"].values():
        scores["macro_f1"] = 0.125
    audit["tells"] = [{"name": "x", "test_share": 1.0, "tasks": {}}]
    audit["findings"] = []
    section = audited_dataset([_Run(audit)])
    assert "Nothing gives the label away." in section.sentences
    shared, tells, models = section.parts
    assert [row["what"] for row in shared.rows] == ["equal row"]
    # A task that the look-up has no figure of.
    assert tells.rows[1]["Attack, macro F1"] is None
    assert "Attack, fw16" not in models.rows[0]


def test_a_dataset_of_two_runs_is_shown_once():
    first, second = small_findings.audit(), small_findings.audit()
    assert len(audited_dataset([_Run(first), _Run(second)]).parts) == 4
    second["dataset"] = "lab/capture/1.0.0"
    section = audited_dataset([_Run(first), _Run(None), _Run(second)])
    assert len(section.parts) == 8
    assert section.parts[4].name == "audit_shared_1"
    assert section.parts[4].caption.startswith("lab/capture/1.0.0: ")
    assert section.sentences[1].startswith("lab/flow/1.0.0: 1. flow")


def test_runs_that_were_not_audited():
    assert audited_dataset([_Run(None)]) is None
