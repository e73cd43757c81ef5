"""What models say of captures of others, on a page."""

from typing import NotRequired

from typing_extensions import TypedDict

from mtc_tf.evaluation.other_captures import REJECT_RATES
from mtc_tf.evaluation.other_captures_text import selected_flows
from mtc_tf.evaluation.page.parts import Estimate
from mtc_tf.evaluation.page.parts import Section
from mtc_tf.evaluation.page.parts import Table
from mtc_tf.evaluation.page.parts import task_title
from mtc_tf.files.json_files import List
from mtc_tf.files.json_files import Object

_NOTHING = {"tasks": {}}


class _Figure(TypedDict):
    value: float
    interval: List[float] | None


class _CaptureTask(TypedDict):
    label: str
    knows: bool
    answers: Object[int]
    probability: float | None


class _OtherCapture(TypedDict):
    capture: str
    filter: NotRequired[str]
    flows: int
    rejected: NotRequired[Object[int]]
    tasks: Object[_CaptureTask]


class _OtherTask(TypedDict):
    flows: int
    groups: int
    unknown_classes: Object[int]
    probability_known: float | None
    probability_unknown: float | None
    accuracy: NotRequired[_Figure]
    macro_f1: NotRequired[_Figure]


class OtherCaptures(TypedDict):
    """What of `other_captures.json` is shown."""

    captures: List[_OtherCapture]
    tasks: Object[_OtherTask]
    flows_without_labels: NotRequired[Object[int]]


def other_networks(runs):
    """Shows what `mtc evaluate --captures` found.

    Args:
        runs: list of `EvaluatedRun`.

    Returns:
        `Section`; None if it was run for none.
    """
    parts, sentences = [], []
    tasks = dict.fromkeys(
        task
        for run in runs
        for task in (run.other_captures or _NOTHING)["tasks"]
    )
    for task in tasks:
        rows = []
        for run in runs:
            found = run.other_captures
            if not found or task not in found["tasks"]:
                continue
            figures = found["tasks"][task]
            who = "" if len(runs) == 1 else f"{run.label}, "
            if figures["flows"]:
                accuracy, macro_f1 = (
                    Estimate(figures[name]["value"], figures[name]["interval"])
                    for name in ("accuracy", "macro_f1")
                )
                sentences.append(
                    f"{who}{task_title(task)}: {figures['flows']} flows in "
                    f"{figures['groups']} groups whose class the model has: "
                    f"accuracy {accuracy}, macro F1 {macro_f1}."
                )
            rows += [
                {
                    **({} if len(runs) == 1 else {"run": run.label}),
                    "capture": selected_flows(capture),
                    "flows": capture["flows"],
                    "label": own["label"] or "-",
                    "is a class": "yes" if own["knows"] else "no",
                    "probability": _estimate(own["probability"]),
                    **_rejected(capture),
                    "answers": ", ".join(
                        f"{name} {count}"
                        for name, count in own["answers"].items()
                    ),
                }
                for capture in found["captures"]
                for own in [capture["tasks"][task]]
            ]
        if rows:
            parts.append(
                Table(f"{task}_other_captures", task_title(task), rows)
            )
    if not parts:
        return None
    first = (
        "Captures of others, which no part of the dataset holds. A flow counts "
        "once; one whose class the model does not have cannot be answered "
        "rightly, and its probability says how sure the model is all the same."
    )
    return Section(
        "On other networks", [first, *sentences, *_left_out(runs)], parts
    )


def _left_out(runs):
    """Says which captures have flows without a label; the same for all runs."""
    counts = {}
    for run in runs:
        counts |= (run.other_captures or {}).get("flows_without_labels", {})
    if counts:
        listed = ", ".join(f"{name} {count}" for name, count in counts.items())
        yield f"Flows without a label, left out: {listed}."


def _rejected(capture):
    """How many flows are rejected, by rate; nothing where it is not known."""
    rejected = capture.get("rejected", {})
    return {
        f"rejected at {rate:.0%}": rejected.get(str(rate))
        for rate in REJECT_RATES
    }


def _estimate(value):
    return None if value is None else Estimate(value)
