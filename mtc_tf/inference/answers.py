"""Probabilities -> the columns of a row that answer its tasks."""


def answers(probabilities, tasks):
    """Names the most probable class of each task.

    Args:
        probabilities: dict from task name to array `(rows, classes)`.
        tasks: dict from task name to list of class names.

    Returns:
        list of dicts, for each task its class and `<task>_probability`.
    """
    columns = {}
    for task, names in tasks.items():
        best = probabilities[task].argmax(axis=1)
        columns[task] = [names[index] for index in best]
        columns[f"{task}_probability"] = (
            probabilities[task].max(axis=1).astype(float).round(4).tolist()
        )
    return [
        dict(zip(columns, values, strict=True))
        for values in zip(*columns.values(), strict=True)
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
