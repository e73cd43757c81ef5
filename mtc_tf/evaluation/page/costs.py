"""What runs cost, on a page."""

from typing import NotRequired

from typing_extensions import TypedDict

from mtc_tf.evaluation.page.parts import Estimate
from mtc_tf.evaluation.page.parts import Section
from mtc_tf.evaluation.page.parts import Table
from mtc_tf.files.json_files import Object


class Cost(TypedDict):
    """What `cost.json` holds."""

    flops: int | None
    batch: int
    rows_per_second: float
    seconds_of_one_row: float
    cores: int
    gpus: int


class Speed(TypedDict):
    """How fast a TFLite file answers with so many threads."""

    median_ms: float
    p99_ms: float
    rows_per_second: float


class Artefact(TypedDict):
    """What `artefacts.json` says of each artefact."""

    bytes: int
    largest_difference: float
    # Of TFLite files.
    macro_f1_lost: NotRequired[Object[float]]
    rows: NotRequired[int]
    speed: NotRequired[Object[Speed]]


def costs(runs):
    """Shows sizes, operations and times of models and their artefacts.

    Args:
        runs: list of `EvaluatedRun`.

    Returns:
        `Section`.
    """
    is_alone = len(runs) == 1
    sentences = [
        f"{'' if is_alone else f'{run.label}: '}{_where(run.cost)}"
        for run in runs
        if run.cost
    ]
    parts = [Table("cost", "", [_row(run) for run in runs])]
    artefacts = [
        {
            "run": run.label,
            "artefact": name,
            "bytes": artefact["bytes"],
            "largest difference": f"{artefact['largest_difference']:.1e}",
            **_measured(artefact),
        }
        for run in runs
        for name, artefact in (run.artefacts or {}).items()
    ]
    if artefacts:
        caption = (
            "What `mtc export` wrote last. The difference is that of a "
            "probability, or of the score of unknown traffic, from the one of "
            "the Keras model on the same rows. Of TFLite files, on the machine "
            "of the export with one thread: the median time of one row, rows "
            "a second, 16 at once; and the most points of macro F1 that a task "
            "loses on rows of the validation part."
        )
        parts.append(Table("artefacts", caption, artefacts))
    return Section("What it costs", sentences, parts)


def _measured(artefact):
    """What was measured of TFLite files; None for the rest."""
    speed = artefact.get("speed", {}).get("1", {})
    lost = artefact.get("macro_f1_lost", {})
    milliseconds = speed.get("median_ms")
    rate = speed.get("rows_per_second")
    return {
        "ms for one row": None
        if milliseconds is None
        else Estimate(milliseconds),
        "rows a second": None if rate is None else round(rate),
        "F1 lost": f"{max(lost.values()):.2f}" if lost else None,
    }


def _where(cost):
    """Says where and how times were measured."""
    cores, gpus = (
        f"{count or 'no'} {name}{'s' if count > 1 else ''}"
        for count, name in ((cost["cores"], "core"), (cost["gpus"], "GPU"))
    )
    return (
        f"`mtc evaluate` timed answers of the Keras model, by {cost['batch']} "
        f"rows and to one row, on the clock of a machine with {cores} and "
        f"{gpus}: the fastest of several."
    )


def _row(run):
    cost = run.cost or {}
    rate, seconds = cost.get("rows_per_second"), cost.get("seconds_of_one_row")
    return {
        "run": run.label,
        "parameters": run.metrics["parameters"],
        "FLOPs a row": cost.get("flops"),
        "epochs": len(run.history),
        "minutes of training": _training(run.history),
        "rows a second": None if rate is None else round(rate),
        "ms for one row": None if seconds is None else Estimate(seconds * 1000),
        "bytes of the model's file": run.model_bytes,
    }


def _training(history):
    """Minutes of all epochs; None of versions that did not take them."""
    if not history or not all("seconds" in row for row in history):
        return None
    return Estimate(sum(row["seconds"] for row in history) / 60)
