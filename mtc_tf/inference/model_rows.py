"""Rows that somebody gives -> rows that a model takes."""

import numpy as np

from mtc_tf.errors import InputError
from mtc_tf.errors import first_line
from mtc_tf.runs.row_values import checked_values


def model_rows(rows, facts):
    """Checks rows, and picks the columns of a data frame.

    Args:
        rows: array, nested lists or, of records, `pandas.DataFrame`.
        facts: `ModelFacts`.

    Returns:
        array as `RowClassifier.predict` takes it.

    Raises:
        InputError: if columns are missing, or as of `checked_values`.
    """
    dtype = facts.kind.dtype
    if facts.features and hasattr(rows, "columns"):
        rows = _columns(rows, list(facts.features), dtype)
    return checked_values("rows", rows, facts.row_shape, dtype)


def _columns(frame, features, dtype):
    lacking = [name for name in features if name not in frame.columns]
    if lacking:
        raise InputError(f"rows lack the columns {', '.join(lacking)}")
    try:
        # Column by column: some may be of types that pandas alone has.
        with np.errstate(over="ignore"):
            return frame[features].astype(dtype)
    except (TypeError, ValueError) as error:
        raise InputError(f"rows: {first_line(error)}") from error
