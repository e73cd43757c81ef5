"""Captures whose label the captures of other groups contradict."""

import numpy as np

from mtc_tf.audit.out_of_group import out_of_group_probabilities
from mtc_tf.evaluation.baselines import inputs
from mtc_tf.evaluation.baselines.sampling import CLASS_POWER
from mtc_tf.evaluation.baselines.sampling import draw_rows
from mtc_tf.tasks import MISSING_LABEL
from mtc_tf.tasks import PACKET

# Choice: the probability from which a flow counts as of another class. On the
# 156 captures of `traffic_lab/paper`, whose labels are right by construction,
# this gives one false alarm in 444 answers (captures judged, three tasks); 0.7
# gives six, 0.9 none. Of labels that were made wrong at random, three seeds of
# 7 captures a task, it finds 23 of 60; 0.7 finds 25, 0.9 16.
CONFIDENT = 0.8
# Choice: "most of its flows".
MOST = 0.5


def doubtful_captures(rows):
    """Finds captures of whose flows most look like those of another class.

    A forest answers the packets of each group that has learned from other
    groups alone, at most 16 packets of a flow; of packets it sees header
    fields without what tells flows apart (ports of clients, sequence numbers,
    IP ids). A flow is answered by the mean of its packets. The capture of a
    class that no other group has is not judged: whatever it looks like, it
    looks like another one.

    Args:
        rows: `AuditedRows` of packets or windows.

    Returns:
        dict that `json` can write, from task to dict: `judged`, how many
        captures were, and `doubtful`: of each of the others' contradictions
        `capture`, `label`, `looks_like`, `flows`, `flows_in_doubt` and
        `probability`, the mean of `looks_like` over the flows in doubt. The
        capture with the most flows in doubt comes first.
    """
    drawn = draw_rows(rows.units["flow"])
    table_of = inputs.series
    if rows.kind is PACKET:
        table_of = inputs.header_without_identity
    table = table_of(rows.chosen(drawn))
    return {
        task: _of_task(rows, task, names, drawn, table)
        for task, names in rows.tasks.items()
    }


def _of_task(rows, task, names, drawn, table):
    labels = rows.labels[task][drawn]
    is_labelled = labels != MISSING_LABEL
    labels, drawn = labels[is_labelled], drawn[is_labelled]
    groups = rows.units["group"][drawn]
    # A group, or a class, of its own cannot be judged by others.
    pairs = np.unique(np.stack([labels, groups], axis=1), axis=0)
    groups_of_class = np.bincount(pairs[:, 0], minlength=len(names))
    if np.count_nonzero(groups_of_class > 1) < 2:
        return {"judged": 0, "doubtful": []}
    probabilities = out_of_group_probabilities(
        table[is_labelled], labels, groups, len(names), CLASS_POWER
    )
    is_judged = groups_of_class[labels] > 1
    captures = rows.units["capture"][drawn][is_judged]
    flows = judge_flows(
        probabilities[is_judged],
        labels[is_judged],
        rows.units["flow"][drawn][is_judged],
        captures,
    )
    return {
        "judged": len(np.unique(captures)),
        "doubtful": [
            {
                "capture": rows.unit_name("capture", capture),
                "label": names[label],
                "looks_like": names[other],
                **figures,
            }
            for capture, label, other, figures in _doubtful(*flows)
        ],
    }


def judge_flows(probabilities, labels, flows, captures):
    """Answers the flows of captures by the mean of their rows.

    Args:
        probabilities: float array `(rows, classes)`.
        labels: int array `(rows,)`.
        flows: int array `(rows,)`.
        captures: int array `(rows,)`.

    Returns:
        tuple of arrays with an entry for each flow of each capture: its mean
        probabilities `(flows, classes)`, label and capture.
    """
    _, firsts, places = np.unique(
        np.stack([captures, flows], axis=1),
        axis=0,
        return_index=True,
        return_inverse=True,
    )
    sums = np.zeros((len(firsts), probabilities.shape[1]))
    np.add.at(sums, places.ravel(), probabilities)
    means = sums / np.bincount(places.ravel())[:, np.newaxis]
    return means, labels[firsts], captures[firsts]


def _doubtful(means, labels, captures):
    """The captures in doubt: number, label, other class, figures."""
    is_in_doubt = (means.argmax(axis=1) != labels) & (
        means.max(axis=1) >= CONFIDENT
    )
    found = []
    for capture in np.unique(captures[is_in_doubt]):
        own = captures == capture
        doubts = np.flatnonzero(own & is_in_doubt)
        flows = int(np.count_nonzero(own))
        if len(doubts) <= MOST * flows:
            continue
        others = means[doubts].argmax(axis=1)
        other = np.bincount(others).argmax()
        figures = {
            "flows": flows,
            "flows_in_doubt": len(doubts),
            "probability": float(means[doubts, other].mean()),
        }
        found.append((capture, labels[doubts[0]], other, figures))
    return sorted(found, key=lambda one: -one[-1]["flows_in_doubt"])
