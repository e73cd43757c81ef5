import dataclasses

import pytest
import small_findings

from mtc_tf.evaluation.page.parts import Estimate
from mtc_tf.evaluation.page.unknowns import unknowns
from mtc_tf.runs.confidence import Confidence


@dataclasses.dataclass(frozen=True)
class _Run:
    label: str
    confidence: Confidence | None
    unknown_traffic: dict | None = None


@pytest.fixture
def confidence():
    content = small_findings.confidence()
    return Confidence(content["temperatures"], **content["unknown"])


def test_scores_above_which_a_share_is_rejected(confidence):
    section = unknowns([_Run("A", confidence)])
    assert section.sentences[1] == (
        "The score is energy, of the head of Application."
    )
    assert "was not measured" in section.sentences[-1]
    [table] = section.parts
    assert [list(row.values()) for row in table.rows] == [
        [Estimate(0.01), Estimate(99.0), Estimate(0.99)],
        [Estimate(0.05), Estimate(95.0), Estimate(0.95)],
        [Estimate(0.1), Estimate(90.0), Estimate(0.9)],
    ]


def test_what_was_left_out_is_found(confidence):
    run = _Run("A", confidence, small_findings.unknown_traffic())
    section = unknowns([run])
    assert section.sentences[-1] == (
        "The training left out Torrent, which is unknown to the model."
    )
    _, table = section.parts
    validation, test = table.rows
    assert validation == {
        "part": "validation",
        "score": "class distance",
        "of": "rows",
        "known": 8,
        "unknown": 4,
        "AUROC": Estimate(1.0),
        "found": Estimate(0.75),
        "false alarms": Estimate(0.0),
    }
    assert list(test.values()) == [
        *("test", "class distance", "rows", 6, 0, None, None),
        Estimate(0.125),
    ]


def test_records_have_no_flows(confidence):
    del confidence.quantiles["flow"]
    [table] = unknowns([_Run("A", confidence)]).parts
    assert [row["score of flows"] for row in table.rows] == [None] * 3


def test_runs_side_by_side(confidence):
    run = _Run("B", confidence, small_findings.unknown_traffic())
    section = unknowns([_Run("A", None), run])
    assert "B: The training left out Torrent" in section.sentences[-1]
    for table in section.parts:
        assert {row["run"] for row in table.rows} == {"B"}


def test_runs_without_a_score():
    assert unknowns([_Run("A", None)]) is None
