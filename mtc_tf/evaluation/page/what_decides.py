"""What decides the answers of models, on a page."""

from typing_extensions import TypedDict

from mtc_tf.evaluation.page.parts import Estimate
from mtc_tf.evaluation.page.parts import Section
from mtc_tf.evaluation.page.parts import Table
from mtc_tf.evaluation.page.parts import task_title
from mtc_tf.files.json_files import List
from mtc_tf.files.json_files import Object

# Fields with less of the attribution are left out.
_LEAST_SHARE = 0.001
_NOTHING = {"tasks": {}}


class _FieldShare(TypedDict):
    share: float
    mean: float


class _Loss(TypedDict):
    difference: float
    interval: List[float] | None


class _Task(TypedDict):
    fields: Object[_FieldShare]
    randomised: Object[_Loss]


class Explanation(TypedDict):
    """What of `explanation.json` is shown."""

    tasks: Object[_Task]


def what_decides(runs):
    """Shows what `mtc explain` found.

    Args:
        runs: list of `EvaluatedRun`.

    Returns:
        `Section`; None if it was run for none.
    """
    parts = []
    tasks = dict.fromkeys(
        task for run in runs for task in (run.explanation or _NOTHING)["tasks"]
    )
    for task in tasks:
        rows = [
            {
                **({} if len(runs) == 1 else {"run": run.label}),
                "field": name,
                "share": Estimate(field["share"]),
                "adds": Estimate(field["mean"]),
                "fw16 lost when randomised": _loss(explained, name),
            }
            for run in runs
            for explained in _explained(run, task)
            for name, field in sorted(
                explained["fields"].items(), key=lambda x: -x[1]["share"]
            )
            if field["share"] >= _LEAST_SHARE
        ]
        if rows:
            parts.append(Table(f"{task}_fields", task_title(task), rows))
    if not parts:
        return None
    sentence = (
        "The share of a header field in all attribution (integrated "
        "gradients), what it adds to the probability of the answer, and the "
        "fw16 that is lost when each packet gets it of another one: a field "
        "with a share and no loss is looked at in vain."
    )
    return Section("What decides", [sentence], parts)


def _explained(run, task):
    tasks = (run.explanation or _NOTHING)["tasks"]
    return [tasks[task]] if task in tasks else []


def _loss(explained, name):
    if name not in explained["randomised"]:
        return None
    loss = explained["randomised"][name]
    return Estimate(loss["difference"], loss["interval"])
