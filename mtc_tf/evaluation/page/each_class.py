"""Each class and what it is taken for, on a page."""

from mtc_tf.evaluation.page import pictures
from mtc_tf.evaluation.page.parts import Estimate
from mtc_tf.evaluation.page.parts import Picture
from mtc_tf.evaluation.page.parts import Section
from mtc_tf.evaluation.page.parts import Table
from mtc_tf.evaluation.page.parts import task_title


def each_class(tasks):
    """Shows the figures of each class, as bars and as a table.

    Args:
        tasks: dict from the name of a task to the list of `EvaluatedRun` and
            their figures of it.

    Returns:
        `Section`.

    Paper: Section 4.4.1, Figure 7.
    """
    parts = []
    for task, runs in tasks.items():
        results = {run.label: figures["classes"] for run, figures in runs}
        parts.append(
            Picture(
                f"{task_title(task)}: F1 and recall of each class that the "
                "part has, of packets or records",
                pictures.class_bars(results, task),
            )
        )
        rows = [
            {
                "class": name,
                **({} if len(runs) == 1 else {"run": label}),
                "rows": row["count"],
                **{
                    title: None if row[key] is None else Estimate(row[key])
                    for key, title in (
                        ("f1", "F1"),
                        ("recall", "recall"),
                        ("precision", "precision"),
                    )
                },
            }
            for label, classes in results.items()
            for name, row in classes.items()
        ]
        parts.append(Table(f"{task}_classes", task_title(task), rows))
    return Section("Each class", parts=parts)


def confusions(tasks):
    """Shows what is taken for what.

    Args:
        tasks: dict, as of `each_class`.

    Returns:
        `Section`.
    """
    parts = []
    for task, runs in tasks.items():
        for number, (run, figures) in enumerate(runs):
            parts.append(
                Picture(
                    f"{task_title(task)}, {run.label}",
                    pictures.confusion_matrix(
                        figures["confusion_matrix"],
                        list(figures["classes"]),
                        f"confusion_{task}_{number}",
                    ),
                )
            )
    sentence = (
        "The darker a cell, the larger the share of its row, the true class, "
        "that got this answer."
    )
    return Section("What is taken for what", [sentence], parts)
