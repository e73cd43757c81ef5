"""How sure models are, and how often they are right, on a page."""

from mtc_tf.evaluation.page import pictures
from mtc_tf.evaluation.page.parts import Estimate
from mtc_tf.evaluation.page.parts import Picture
from mtc_tf.evaluation.page.parts import Section
from mtc_tf.evaluation.page.parts import Table
from mtc_tf.evaluation.page.parts import task_title


def how_sure(tasks):
    """Shows how sure models are, and how often they are right.

    Args:
        tasks: dict from the name of a task to the list of `EvaluatedRun` and
            their figures of it.

    Returns:
        `Section`; None if no run tells it.
    """
    parts, rows = [], []
    for task, with_task in tasks.items():
        series = {}
        for run, figures in with_task:
            if "calibration" not in figures:
                continue
            found = figures["calibration"]
            name = "" if len(with_task) == 1 else f"{run.label}, "
            for which in ("before", "after"):
                bins = found["evaluated"][which]["bins"]
                series[f"{name}{which}"] = (
                    [one["confidence"] for one in bins],
                    [one["accuracy"] for one in bins],
                )
            rows.append(
                {
                    "task": task_title(task),
                    **({} if len(with_task) == 1 else {"run": run.label}),
                    "temperature": Estimate(found["temperature"]),
                    **{
                        f"ECE {which}, {part}": Estimate(
                            found[part][which]["ece"]
                        )
                        for part in ("validation", "evaluated")
                        for which in ("before", "after")
                    },
                }
            )
        if series:
            parts.append(
                Picture(
                    f"{task_title(task)}: the share of right answers among "
                    "those that are so sure, before and after the "
                    "temperature; on the dotted line a model knows how much "
                    "it knows",
                    pictures.lines(
                        series,
                        "probability of the answer",
                        "share of right answers",
                        f"reliability_{task}",
                        diagonal=True,
                    ),
                )
            )
    if not rows:
        return None
    sentence = (
        "One temperature for each task, fitted on the validation part, divides "
        "the logits: no answer changes, only how sure it is. ECE is the mean "
        "distance between probability and share of right answers, a flow "
        "counting as 16 packets at most."
    )
    return Section(
        "How sure it is",
        [sentence],
        [Table("calibration", "", rows), *parts],
    )
