import dataclasses
import pathlib

from mtc_tf.evaluation import mcnemar
from mtc_tf.evaluation.page.who_wins import who_wins


@dataclasses.dataclass(frozen=True)
class _Run:
    label: str
    workdir: pathlib.Path = pathlib.Path()


RUNS = [_Run("MTC"), _Run("MTC-Lite")]


def _found(monkeypatch, rows, reason=""):
    monkeypatch.setattr(mcnemar, "compare_answers", lambda *_: (rows, reason))


def test_counts_stand_under_the_names_of_the_runs(monkeypatch):
    row = dict(task="application", counted="flows", hint="")
    row |= dict(both=4, first=3, second=1, neither=2, p=0.625)
    _found(monkeypatch, [row])
    section = who_wins(RUNS)
    [table] = section.parts
    assert table.rows == [
        {
            "task": "application",
            "counted": "flows",
            "both": 4,
            "only MTC": 3,
            "only MTC-Lite": 1,
            "neither": 2,
            "p": "0.625",
        }
    ]
    [sentence] = section.sentences
    assert "only MTC gets 3 right, only MTC-Lite 1; p = 0.62" in sentence


def test_why_there_is_no_test(monkeypatch):
    _found(monkeypatch, [], "no test of who wins: other rows")
    section = who_wins(RUNS)
    assert section.sentences == ["No test of who wins: other rows."]
    assert section.parts == []


def test_two_runs_it_takes():
    assert who_wins(RUNS[:1]) is None
    assert who_wins([*RUNS, *RUNS]) is None
