"""What a model answered on a part, kept to be compared with another one."""

import numpy as np

from mtc_tf.errors import InputError
from mtc_tf.files.array_files import read_rows
from mtc_tf.files.atomic import replacing
from mtc_tf.tasks import MISSING_LABEL

# Of a file that is read: the parts of today have at most a fiftieth.
_MOST_ROWS = 5_000_000


def write_answers(path, rows, probabilities):
    """Writes the classes that a model answered.

    Of each task `TASK.true` and `TASK.answer`, int16 `(rows,)`, and where rows
    belong to flows `TASK.vote`, int16 `(flows,)`, the class with the highest
    mean probability over all rows of the flow; `flow`, int32 `(rows,)`, says
    which flow a row belongs to. Rows are in their order on disk, flows in that
    of their numbers.

    Args:
        path: `pathlib.Path` of the `.npz` file.
        rows: dict of arrays `(rows,)`: the labels of each task, under its
            name; where there are flows also `flow` and `timestamp`.
        probabilities: dict from task to float array `(rows, classes)`.
    """
    arrays = {}
    for task, values in probabilities.items():
        arrays[f"{task}.true"] = rows[task]
        arrays[f"{task}.answer"] = values.argmax(axis=1)
        if "flow" in rows:
            # In the order in which `flow_figures` adds up.
            order = np.lexsort((rows["timestamp"], rows["flow"]))
            _, starts = np.unique(rows["flow"][order], return_index=True)
            sums = np.add.reduceat(values[order], starts, axis=0)
            arrays[f"{task}.vote"] = sums.argmax(axis=1)
    arrays = {name: values.astype(np.int16) for name, values in arrays.items()}
    if "flow" in rows:
        _, flow = np.unique(rows["flow"], return_inverse=True)
        arrays["flow"] = flow.astype(np.int32)
    with replacing(path) as temporary:
        np.savez_compressed(temporary, **arrays)


def read_answers(path, task, has_flows):
    """Reads what `write_answers` wrote of a task, rows with a label alone.

    Args:
        path: `pathlib.Path`.
        task: str.
        has_flows: bool.

    Returns:
        dict from what is counted, `rows` and maybe `flows`, to a tuple of two
        int16 arrays `(rows or flows,)`: the true classes and the answers.

    Raises:
        InputError: if the file is damaged or holds something else.
    """

    def read(name, dtype="int16"):
        return read_rows(path, name, dtype, (), most_rows=_MOST_ROWS)

    truth = read(f"{task}.true")
    pairs = {"rows": (truth, read(f"{task}.answer"))}
    fits = len(truth) == len(pairs["rows"][1])
    if has_flows:
        flow, votes = read("flow", "int32"), read(f"{task}.vote")
        numbers, starts = np.unique(flow, return_index=True)
        fits &= len(flow) == len(truth) and len(numbers) == len(votes)
    if not fits:
        raise InputError(f"{path} is damaged: its arrays do not fit together")
    if has_flows:
        # All rows of a flow have one label.
        pairs["flows"] = (truth[starts], votes)
    return {
        counted: (true[true != MISSING_LABEL], answers[true != MISSING_LABEL])
        for counted, (true, answers) in pairs.items()
    }
