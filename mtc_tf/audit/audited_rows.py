"""The rows of all parts of a dataset, as far as an audit looks at them."""

import dataclasses

import numpy as np

from mtc_tf.data.splits import PARTS
from mtc_tf.tasks import ModelInput

# What tells a reader where a row comes from.
_SOURCE = ("capture", "flow", "file", "line")


@dataclasses.dataclass(frozen=True)
class AuditedRows:
    """Rows of a dataset, one part behind the other.

    Args:
        name: str. What the report calls the dataset.
        split: str. What the dataset was divided by.
        recipe: str.
        kind: `ModelInput`.
        tasks: dict from task name to list of class names.
        feature_names: list of str. Names of the features of records, else
            empty.
        parts: int8 array `(rows,)` of indices into `PARTS`.
        ids: uint64 array `(rows,)`. Equal rows share one.
        rows: dict of arrays `(rows, …)`, what
            `mtc_tf.evaluation.baselines.inputs` looks at.
        labels: dict from task name to int array `(rows,)`, `MISSING_LABEL`
            where there is none.
        units: dict of int arrays `(rows,)`: `flow`, `group` and `capture` of
            packets and windows, `file` and `line` of records.
        unit_names: dict from `group`, `capture` or `file` to the list of
            names that the numbers in `units` count.
    """

    name: str
    split: str
    recipe: str
    kind: ModelInput
    tasks: dict
    feature_names: list
    parts: np.ndarray
    ids: np.ndarray
    rows: dict
    labels: dict
    units: dict
    unit_names: dict

    def chosen(self, places):
        """Returns what baselines look at, of some rows."""
        return {name: values[places] for name, values in self.rows.items()}

    def places_of(self, part):
        """Returns where the rows of a part are, given its index."""
        return np.flatnonzero(self.parts == part)

    def unit_name(self, unit, number):
        """Returns the name of a group, capture or file; a flow's is its id."""
        if unit in self.unit_names:
            return self.unit_names[unit][number]
        return int(number)

    def source(self, row):
        """Says where a row comes from, as a dict that `json` can write."""
        return {
            unit: self.unit_name(unit, self.units[unit][row])
            for unit in _SOURCE
            if unit in self.units
        }

    def part_sizes(self):
        """Returns how many rows each part has, a list of int."""
        return np.bincount(self.parts, minlength=len(PARTS)).tolist()
