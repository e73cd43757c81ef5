"""What the label can be told by alone, without a model."""

import functools

import numpy as np
import tqdm

from mtc_tf.audit.fields import fields_of
from mtc_tf.audit.information import normalized_information
from mtc_tf.audit.scores import look_up
from mtc_tf.audit.scores import scores
from mtc_tf.data.splits import TEST
from mtc_tf.data.splits import TRAIN
from mtc_tf.evaluation.baselines.sampling import class_weights
from mtc_tf.tasks import MISSING_LABEL

EQUAL_ROW = "equal row"
FIELD = "field"


def tells(rows, drawn, power):
    """Scores look-ups of one thing each, learned on train, on the test part.

    What a split should keep apart (equal rows, flows, groups) is looked up
    among all training rows: the most that recognising it is worth. Fields
    are looked up as the baseline of the lower port is: among drawn rows, with
    weights.

    Args:
        rows: `AuditedRows`.
        drawn: int array. The training rows that baselines learn from.
        power: float. As of `class_weights`.

    Returns:
        list of dicts that `json` can write: `name`, `kind` (`EQUAL_ROW`,
        `flow`, `group` or `FIELD`), `test_share`, the share of the test rows
        whose value is known, and `tasks`: for each task `macro_f1` and, with
        flows, `fw16`; of a field also its normalised mutual `information`
        with the label on the training part. A task without a label in train
        or test is left out.
    """
    train = rows.places_of(TRAIN)
    identities = {EQUAL_ROW: rows.ids} | {
        unit: rows.units[unit]
        for unit in ("flow", "group")
        if unit in rows.units
    }
    found = [
        {"name": name, "kind": name, **_told(rows, values, train, None)}
        for name, values in identities.items()
    ]
    weights = functools.partial(class_weights, power=power)
    # None: on a terminal only.
    fields = tqdm.tqdm(
        fields_of(rows, train).items(),
        unit=" fields",
        disable=None,
        leave=False,
    )
    for name, values in fields:
        told = _told(rows, values, drawn, weights)
        for task, figures in told["tasks"].items():
            figures["information"] = _information(rows, task, values, train)
        found.append({"name": name, "kind": FIELD, **told})
    return found


def _told(rows, values, learned, weights):
    test = rows.places_of(TEST)
    tasks = {}
    for task, names in rows.tasks.items():
        labels = rows.labels[task]
        answers = look_up(
            values[learned], labels[learned], values[test], weights
        )
        if answers is not None and (labels[test] != MISSING_LABEL).any():
            flows = rows.units["flow"][test] if "flow" in rows.units else None
            tasks[task] = scores(labels[test], answers, len(names), flows)
    known = np.isin(values[test], values[learned])
    share = np.count_nonzero(known) / max(1, len(known))
    return {"test_share": share, "tasks": tasks}


def _information(rows, task, values, train):
    labels = rows.labels[task][train]
    is_labelled = labels != MISSING_LABEL
    return normalized_information(
        values[train][is_labelled], labels[is_labelled]
    )
