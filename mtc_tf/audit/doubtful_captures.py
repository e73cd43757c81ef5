"""Captures whose label the captures of other groups contradict."""

import numpy as np

from mtc_tf.audit.flow_statistics import flow_statistics
from mtc_tf.audit.out_of_group import out_of_group_probabilities
from mtc_tf.evaluation.baselines import inputs
from mtc_tf.evaluation.baselines.sampling import CLASS_POWER
from mtc_tf.tasks import MISSING_LABEL
from mtc_tf.tasks import PACKET

# Choice: the contradiction from which a capture is in doubt. Of labels that
# were made wrong at random in 7 captures a task of `traffic_lab/paper`, it
# finds 79 of 126 (six seeds, by which it was chosen) beside 17 false alarms in
# 2,538 answers (captures judged, three tasks), and 76 beside 17 on six others;
# 1.0 finds some 93 beside 30, 1.2 65 beside 8. Where all labels are right there
# are 3 false alarms in 444. `benchmarks.planted_label_faults` measures it.
DOUBTFUL = 1.1


def doubtful_captures(rows):
    """Finds captures that look less like their label than its others do.

    A forest answers the flows of each group that has learned from those of
    other groups alone. It sees `flow_statistics`, of packets those of header
    fields without what tells flows apart (ports of clients, sequence numbers,
    IP ids). A capture answers with the mean of its flows, and is set against
    the captures of its label as of `contradictions`. The capture of a class
    that no other group has is not judged: whatever it looks like, it looks
    like another one. A capture whose flows have several labels is judged once
    for each, by the flows with it.

    Args:
        rows: `AuditedRows` of packets or windows.

    Returns:
        dict that `json` can write, from task to dict: `judged`, how many
        captures were, and `doubtful`: of each whose `contradiction` is at
        least `DOUBTFUL`, the highest first, `capture`, `label`, `looks_like`,
        `flows`, `contradiction`, and the probability of both classes, as
        `probability` of the capture itself and as `usual`, the mean of the
        others of its label: each a dict of `label` and `looks_like`.
    """
    table_of = inputs.series
    if rows.kind is PACKET:
        table_of = inputs.header_without_identity
    # A flow that two captures hold is one of each.
    units = np.stack([rows.units["capture"], rows.units["flow"]], axis=1)
    _, firsts, flows = np.unique(
        units, axis=0, return_index=True, return_inverse=True
    )
    table = flow_statistics(table_of(rows.rows), flows.ravel())
    return {
        task: _of_task(rows, task, names, firsts, table)
        for task, names in rows.tasks.items()
    }


def _of_task(rows, task, names, firsts, table):
    """Judges by flows: the first row of each, and its statistics."""
    labels = rows.labels[task][firsts]
    is_labelled = labels != MISSING_LABEL
    labels, firsts = labels[is_labelled], firsts[is_labelled]
    groups = rows.units["group"][firsts]
    # A group, or a class, of its own cannot be judged by others.
    pairs = np.unique(np.stack([labels, groups], axis=1), axis=0)
    groups_of_class = np.bincount(pairs[:, 0], minlength=len(names))
    if np.count_nonzero(groups_of_class > 1) < 2:
        return {"judged": 0, "doubtful": []}
    probabilities = out_of_group_probabilities(
        table[is_labelled], labels, groups, len(names), CLASS_POWER
    )
    # The flows of a capture may have several labels, and groups.
    owners = np.stack([rows.units["capture"][firsts], labels, groups], axis=1)
    owners, places, owner_of_flow, counts = np.unique(
        owners,
        axis=0,
        return_index=True,
        return_inverse=True,
        return_counts=True,
    )
    owner_of_flow = owner_of_flow.ravel()
    means = np.stack(
        [probabilities[owner_of_flow == x].mean(0) for x in range(len(owners))]
    )
    labels, groups = labels[places], groups[places]
    is_judged = groups_of_class[labels] > 1
    captures = [rows.unit_name("capture", capture) for capture, _, _ in owners]
    return {
        "judged": int(np.count_nonzero(is_judged)),
        "doubtful": [
            {**doubt, "capture": captures[place], "flows": int(counts[place])}
            for place, doubt in _doubts(means, labels, groups, names)
            if is_judged[place]
        ],
    }


def _doubts(means, labels, groups, names):
    """Yields which captures are in doubt, and why, the worst first."""
    others, found, usual = contradictions(means, labels, groups)
    for place in np.argsort(-found, kind="stable"):
        if found[place] < DOUBTFUL:
            return
        classes = {"label": labels[place], "looks_like": others[place]}
        yield (
            place,
            {
                **{name: names[x] for name, x in classes.items()},
                "contradiction": float(found[place]),
                "probability": _of_both(classes, means[place]),
                "usual": _of_both(classes, usual[place]),
            },
        )


def _of_both(classes, probabilities):
    return {name: float(probabilities[x]) for name, x in classes.items()}


def contradictions(means, labels, groups):
    """Sets captures against those of the same label in other groups.

    Classes that are always taken for each other contradict nothing; a capture
    that another class fits better, and its own worse, than is usual for its
    label does.

    Args:
        means: float array `(captures, classes)` of probabilities.
        labels: int array `(captures,)`.
        groups: int array `(captures,)`.

    Returns:
        tuple of an int array `(captures,)`, the class that each looks like; a
        float array `(captures,)`, by how much the probability of that class is
        above the usual one and that of the label below it, together, from -2
        to 2; and a float array `(captures, classes)`, the usual probabilities.
        Without captures of the label in other groups the usual ones are its
        own, and the contradiction is 0.
    """
    usual = means.copy()
    for place, (label, group) in enumerate(zip(labels, groups, strict=True)):
        alike = (labels == label) & (groups != group)
        if alike.any():
            usual[place] = means[alike].mean(axis=0)
    excess = means - usual
    every = np.arange(len(means))
    own = excess[every, labels]
    excess[every, labels] = -np.inf
    others = excess.argmax(axis=1)
    return others, excess[every, others] - own, usual
