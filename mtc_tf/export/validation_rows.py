"""Labelled rows of the validation part, as the signature takes them."""

import dataclasses

import numpy as np

from mtc_tf.data.splits import PARTS
from mtc_tf.data.splits import VALIDATION
from mtc_tf.extras import missing
from mtc_tf.runs.provenance import provenance

# Of the full MTC, all that an export writes answers so many in minutes.
MOST_ROWS = 4096


@dataclasses.dataclass(frozen=True)
class ValidationRows:
    """Rows with their classes.

    Args:
        rows: array `(rows, …)`, as of `Run.load_sample`.
        labels: dict from task name to int array `(rows,)`, `MISSING_LABEL`
            where there is none.
    """

    rows: np.ndarray
    labels: dict


def read_validation_rows(run):
    """Reads the first rows of the validation part: a random draw.

    Args:
        run: `mtc_tf.runs.run_directory.Run`.

    Returns:
        `ValidationRows`, `MOST_ROWS` at most.

    Raises:
        InputError: if the dataset is not where it was when the run was
            trained, is another one now, or what reads it is not installed.
    """
    try:
        from mtc_tf.data.input_pipeline import first_rows
        from mtc_tf.data.input_pipeline import read_columns
        from mtc_tf.evaluation.run_dataset import open_dataset
    except ModuleNotFoundError as error:
        raise missing("to read the dataset", error.name, "train") from error

    builder = open_dataset(run, provenance(run))
    part = PARTS[VALIDATION]
    rows = first_rows(builder, part, MOST_ROWS)
    labels = read_columns(builder, part, run.facts.tasks)
    scaler = run.load_scaler()
    return ValidationRows(
        scaler.unscale(rows) if scaler else rows,
        {task: values[:MOST_ROWS] for task, values in labels.items()},
    )
