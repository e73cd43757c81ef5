"""The section about what runs lose without parts of their input."""

from typing_extensions import TypedDict

from mtc_tf.evaluation.page.parts import Estimate
from mtc_tf.evaluation.page.parts import Section
from mtc_tf.evaluation.page.parts import Table
from mtc_tf.evaluation.page.parts import task_title
from mtc_tf.files.json_files import List
from mtc_tf.files.json_files import Object

_SENTENCES = [
    "Parts of the test rows were taken away from models that had been trained "
    "on all of them. It says what these models rest on, not what could be "
    "learned without a part.",
    "Zeroed: a value that a model may have seen. Randomised, the honest one: "
    "each packet gets the bytes of another one of the same IP version and "
    "protocol, so that each value is a real one and tells nothing of its "
    "packet.",
]


class _Figure(TypedDict):
    value: float
    difference: float | None
    interval: List[float] | None


class _Step(TypedDict):
    input: str
    how: str
    changed: float
    macro_f1: _Figure
    fw16: _Figure


class _Task(TypedDict):
    models: Object[List[_Step]]


class AblatedInputs(TypedDict):
    """What of `ablation.json` is shown."""

    part: str
    seed: int
    tasks: Object[_Task]


def ablated_inputs(runs):
    """Shows what runs lose without parts of their input.

    Args:
        runs: list of `EvaluatedRun`.

    Returns:
        `Section`; None if no run was ablated.
    """
    tables = []
    for number, run in enumerate(runs):
        if not run.ablation:
            continue
        for task, figures in run.ablation["tasks"].items():
            name = f"{task}_ablation"
            caption = task_title(task)
            if len(runs) > 1:
                name = f"{name}_{number}"
                caption = f"{caption}, {run.label}"
            rows = [
                {"model": model, **_row(step)}
                for model, steps in figures["models"].items()
                for step in steps
            ]
            tables.append(Table(name, caption, rows))
    if not tables:
        return None
    return Section("What the models rest on", _SENTENCES, tables)


def _row(step):
    row = {
        "input": step["input"],
        "how": step["how"],
        "rows changed": Estimate(step["changed"]),
    }
    for name, title in (("macro_f1", "macro F1"), ("fw16", "fw16")):
        figure = step[name]
        difference = None
        interval = figure["interval"]
        if figure["difference"] is not None:
            difference = Estimate(figure["difference"], interval)
            interval = None
        row[title] = Estimate(figure["value"], interval)
        row[f"{title} less whole"] = difference
    return row
