import dataclasses

import small_findings

from mtc_tf.evaluation.page.costs import costs
from mtc_tf.evaluation.page.parts import Estimate


@dataclasses.dataclass(frozen=True)
class _Run:
    label: str
    cost: dict | None = None
    artefacts: dict | None = None
    history: tuple = ()
    model_bytes: int = 4096
    metrics: dict = dataclasses.field(
        default_factory=lambda: {"parameters": 1234567}
    )


def test_what_was_measured():
    history = [{"epoch": 1.0, "seconds": 45.0}, {"epoch": 2.0, "seconds": 30.0}]
    run = _Run("A", small_findings.cost(), history=history)
    section = costs([run])
    assert section.sentences == [
        "`mtc evaluate` timed answers of the Keras model, by 128 rows and to "
        "one row, on the clock of a machine with 2 cores and 1 GPU: the "
        "fastest of several."
    ]
    [table] = section.parts
    assert table.rows == [
        {
            "run": "A",
            "parameters": 1234567,
            "FLOPs a row": 6_854_349,
            "epochs": 2,
            "minutes of training": Estimate(1.25),
            "rows a second": 1280,
            "ms for one row": Estimate(4.0),
            "bytes of the model's file": 4096,
        }
    ]


def test_earlier_versions_measured_nothing():
    run = _Run("A", history=[{"epoch": 1.0}])
    section = costs([run])
    assert section.sentences == []
    [row] = section.parts[0].rows
    assert [name for name, value in row.items() if value is None] == [
        *("FLOPs a row", "minutes of training", "rows a second"),
        "ms for one row",
    ]


def test_artefacts():
    section = costs(
        [_Run("A"), _Run("B", artefacts=small_findings.artefacts())]
    )
    _, table = section.parts
    assert [list(row.values()) for row in table.rows] == [
        ["B", "saved_model/1", 5000, "1.2e-07", None, None, None],
        ["B", "model.tflite", 3000, "0.0e+00", Estimate(0.25), 4200, "0.12"],
    ]


def test_runs_side_by_side():
    cost = small_findings.cost() | {"cores": 1, "gpus": 0}
    section = costs([_Run("A", cost), _Run("B")])
    [sentence] = section.sentences
    assert "with 1 core and no GPU" in sentence
    assert sentence.startswith("A: `mtc evaluate` timed")
    assert [row["run"] for row in section.parts[0].rows] == ["A", "B"]
