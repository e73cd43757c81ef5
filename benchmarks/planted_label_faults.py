"""How many wrong labels of captures `mtc audit` finds.

  python -m benchmarks.planted_label_faults --dataset=traffic_lab/paper \\
      --data_dir=DATA

Gives some captures of a prepared dataset, whose labels are taken for right,
another label of the same task at random, each task by itself, and counts which
of them, and which others, are in doubt then.
"""

import argparse
import dataclasses

import numpy as np

from mtc_tf.audit.doubtful_captures import doubtful_captures
from mtc_tf.audit.row_sources import prepared_rows
from mtc_tf.tasks import MISSING_LABEL


def plant(rows, faults, seed):
    """Changes labels of captures.

    Args:
        rows: `AuditedRows`.
        faults: int. How many captures of each task to change.
        seed: int.

    Returns:
        tuple of `AuditedRows` and a dict from task to the set of the names of
        the captures that were changed.
    """
    labels, changed = {}, {}
    captures = rows.units["capture"]
    for task, true in rows.labels.items():
        generator = np.random.default_rng(seed)
        is_labelled = true != MISSING_LABEL
        chosen = generator.choice(
            np.unique(captures[is_labelled]), faults, replace=False
        )
        labels[task] = true.copy()
        classes = np.unique(true[is_labelled])
        for capture in chosen:
            own = captures == capture
            others = classes[classes != true[own][0]]
            labels[task][own] = generator.choice(others)
        changed[task] = {rows.unit_name("capture", x) for x in chosen}
    return dataclasses.replace(rows, labels=labels), changed


def count_found(rows, faults, seed):
    """Plants faults and counts what the audit says of them.

    Args:
        rows: `AuditedRows`.
        faults: int. As of `plant`.
        seed: int.

    Returns:
        tuple of int, over all tasks: faults that were found, faults, other
        captures in doubt, and captures that were judged.
    """
    planted, changed = plant(rows, faults, seed)
    hits, alarms, judged = 0, 0, 0
    for task, found in doubtful_captures(planted).items():
        doubtful = {one["capture"] for one in found["doubtful"]}
        hits += len(doubtful & changed[task])
        alarms += len(doubtful - changed[task])
        judged += found["judged"]
    return hits, sum(map(len, changed.values())), alarms, judged


def main():
    """Prints what is found without a fault, and with some, seed by seed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", required=True, metavar="NAME/CONFIG")
    parser.add_argument("--data_dir", required=True, metavar="DIR")
    parser.add_argument("--faults", type=int, default=7, metavar="N")
    parser.add_argument("--seeds", type=int, default=6, metavar="N")
    args = parser.parse_args()
    rows = prepared_rows(args.dataset, args.data_dir)
    for seed in range(args.seeds + 1):
        # First without a fault.
        counts = count_found(rows, args.faults if seed else 0, seed)
        print(
            "{} of {} faults found, {} other captures in doubt; {} "
            "judged".format(*counts),
            flush=True,
        )


if __name__ == "__main__":
    main()
