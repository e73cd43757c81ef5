"""Flows and groups that stand in two parts."""

import numpy as np

from mtc_tf.data.splits import PARTS
from mtc_tf.data.splits import TEST
from mtc_tf.data.splits import TRAIN

_EXAMPLES = 5


def shared_units(rows, unit):
    """Finds flows or groups of which several parts hold rows.

    Args:
        rows: `AuditedRows`.
        unit: str. `flow` or `group`.

    Returns:
        dict that `json` can write: `units`, how many there are; `shared`, how
        many stand in two parts or three; `test_rows`, how many test rows have
        their unit in train, and `test_share`; `examples`, those with the most
        such rows: their `name`, `capture` and `rows` in each part.
    """
    numbers, places = np.unique(rows.units[unit], return_inverse=True)
    counts = np.zeros((len(numbers), len(PARTS)), np.int64)
    np.add.at(counts, (places, rows.parts), 1)
    touched = np.where(counts[:, TRAIN] > 0, counts[:, TEST], 0)
    is_shared = (counts > 0).sum(axis=1) > 1
    # Of equal ones the first: the report is the same again.
    order = np.lexsort((-counts.sum(axis=1), -touched, ~is_shared))
    _, firsts = np.unique(places, return_index=True)
    return {
        "units": len(numbers),
        "shared": int(is_shared.sum()),
        "test_rows": int(touched.sum()),
        "test_share": int(touched.sum()) / max(1, int(counts[:, TEST].sum())),
        "examples": [
            {
                "name": rows.unit_name(unit, numbers[place]),
                "capture": rows.source(firsts[place])["capture"],
                "rows": dict(zip(PARTS, counts[place].tolist(), strict=True)),
            }
            for place in order[: min(_EXAMPLES, is_shared.sum())]
        ],
    }
