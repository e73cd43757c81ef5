"""Probabilities -> the columns of a row that answer its tasks."""

from mtc_tf.runs.confidence import UNKNOWN


def answers(probabilities, tasks, highest=None):
    """Names the most probable class of each task.

    Args:
        probabilities: dict from task name to array `(rows, classes)`; with
            `highest` also from `unknown` to array `(rows,)` or `(rows, 1)`.
        tasks: dict from task name to list of class names.
        highest: float. Rows with a higher score `unknown` are none of the
            classes; None where all rows are answered.

    Returns:
        list of dicts, for each task its class and `<task>_probability`; of a
        row that is none of the classes `unknown` and None.
    """
    columns = {}
    for task, names in tasks.items():
        best = probabilities[task].argmax(axis=1)
        columns[task] = [names[index] for index in best]
        columns[f"{task}_probability"] = (
            probabilities[task].max(axis=1).astype(float).round(4).tolist()
        )
    rows = [
        dict(zip(columns, values, strict=True))
        for values in zip(*columns.values(), strict=True)
    ]
    if highest is None:
        return rows
    rejected = no_answer(tasks) | dict.fromkeys(tasks, UNKNOWN)
    is_unknown = probabilities[UNKNOWN].reshape(-1) > highest
    return [
        rejected if is_rejected else row
        for row, is_rejected in zip(rows, is_unknown, strict=True)
    ]


def no_answer(tasks):
    """Returns what `answers` gives, of a row that has no answer.

    Args:
        tasks: dict from task name to list of class names.

    Returns:
        dict, for each task None twice.
    """
    columns = ((task, f"{task}_probability") for task in tasks)
    return dict.fromkeys(name for pair in columns for name in pair)
