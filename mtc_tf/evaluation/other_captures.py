"""A trained model on labelled captures that no part of its dataset holds."""

import collections

import numpy as np
import tqdm
from scipy import sparse

from mtc_tf.data.flow_labels import NO_LABELS
from mtc_tf.data.labels import normalized_name
from mtc_tf.errors import InputError
from mtc_tf.evaluation import bootstrap
from mtc_tf.inference.capture_rows import five_tuples
from mtc_tf.inference.label_packets import label_capture
from mtc_tf.packets import CaptureReport
from mtc_tf.packets import capture_name
from mtc_tf.packets.capture_files import find_captures

# Shares of the known traffic of the validation part that may be rejected.
REJECT_RATES = (0.05, 0.1)


def evaluate_captures(run, classifier, folder, label_map, rejecting=None):
    """Lets a model answer the flows of captures, and scores what it knows.

    A flow counts once, however long. One whose class the model does not have
    cannot be answered rightly: it is counted, and not scored.

    Args:
        run: `mtc_tf.runs.run_directory.Run`, the model's.
        classifier: `RowClassifier` of packets or flows.
        folder: `pathlib.Path`. Captures without a label are left out, and
            flows.
        label_map: `mtc_tf.data.labels.LabelMap`.
        rejecting: the same classifier with its score `unknown`; None where it
            has none.

    Returns:
        dict that `json` can write. `captures`: of each `capture`, once for each
        row of the label map that it has, the row's `filter` if it has one,
        `group`, `flows` and, by task, the `label`, whether the model `knows`
        it, the flows with each of the `answers` and the mean `probability` of
        the answers. `tasks`: of each the `flows` and `groups` with a label that
        the model knows and, if there is one, their `accuracy` and `macro_f1`
        with intervals over groups; the flows of `unknown_classes`, and the mean
        `probability_known` and `probability_unknown` of the answers to either.
        With `rejecting` each capture has, by rate, the flows that are
        `rejected` at `REJECT_RATES`, and each task those of known classes,
        `rejected_known`, and of others, `rejected_unknown`. The other figures
        are those without rejection. `flows_without_labels`: by capture, how
        many flows no row names.

    Raises:
        InputError: if no capture has a label, if one is in the dataset of the
            run by its name, or cannot be read, or two rows name one flow.
    """
    paths, _ = find_captures(folder)
    labels = {path: label_map.lookup(capture_name(path)) for path in paths}
    labels = {path: own for path, own in labels.items() if own}
    if not labels:
        raise InputError(
            f"{folder}: none of its {len(paths)} captures has a label in "
            f"{label_map.name}"
        )
    _check_names(run, labels)
    rows, without_labels = [], {}
    # None: on a terminal only.
    for path, own in tqdm.tqdm(
        labels.items(), unit=" captures", disable=None, leave=False
    ):
        found, left_out = _capture(path, own, classifier)
        if left_out:
            without_labels[capture_name(path)] = left_out
        if rejecting:
            for rate in REJECT_RATES:
                counts = _rejected(path, own, rejecting, rate)
                for row, count in zip(found, counts, strict=True):
                    row.setdefault("rejected", {})[str(rate)] = count
        rows += found
    tasks = classifier.facts.tasks
    return {
        "captures": rows,
        "tasks": {
            task: _task([_of_task(row, task) for row in rows], names)
            for task, names in tasks.items()
        },
        "flows_without_labels": without_labels,
    }


def _check_names(run, paths):
    """Refuses captures that the run may have been trained on."""
    held = {
        normalized_name(row["capture"])
        for row in run.info.get("report", {}).get("captures", ())
    }
    for path in paths:
        if normalized_name(capture_name(path)) in held:
            raise InputError(
                f"{path}: the dataset of the run {str(run.path)!r} holds a "
                "capture of this name; expected captures of others"
            )


def _capture(path, flow_labels, classifier):
    """What the model answers to the flows of a capture, by row of labels.

    Returns:
        tuple of a list of dicts, one for each row of `flow_labels`, and how
        many flows none of them names.
    """
    tasks = classifier.facts.tasks
    found = [
        (
            dict.fromkeys(tasks, 0.0),
            {task: collections.Counter() for task in tasks},
        )
        for _ in flow_labels.rows
    ]
    flows = collections.Counter()
    for place, row in _placed(path, flow_labels, classifier):
        flows[place] += 1
        if place == NO_LABELS:
            continue
        total, answers = found[place]
        for task in tasks:
            answers[task][row[task]] += 1
            total[task] += row[f"{task}_probability"]
    rows = [
        {
            "capture": capture_name(path),
            **_row(row, flows[place], *found[place], tasks),
        }
        for place, row in enumerate(flow_labels.rows)
    ]
    return rows, flows[NO_LABELS]


def _row(row, flows, total, answers, tasks):
    """The flows with the labels of one row."""
    labels = row.labels
    return {
        **({"filter": row.filter_text} if row.flow_filter else {}),
        "group": labels.group,
        "flows": flows,
        "tasks": {
            task: {
                "label": getattr(labels, task),
                "knows": getattr(labels, task) in names,
                "answers": dict(answers[task].most_common()),
                "probability": total[task] / flows if flows else None,
            }
            for task, names in tasks.items()
        },
    }


def _placed(path, flow_labels, classifier, **arguments):
    """Yields the flows of a capture as the model answers them.

    Yields:
        tuple of the place of its row in `flow_labels`, and the dict of
        `label_capture`.
    """
    for rows in label_capture(
        path, classifier, by="flow", report=CaptureReport(), **arguments
    ):
        places = flow_labels.rows_of(five_tuples(rows))
        yield from zip(places.tolist(), rows, strict=True)


def _rejected(path, flow_labels, classifier, rate):
    """How many flows of each row of labels are none of the classes."""
    task, *_ = classifier.facts.tasks
    counts = collections.Counter(
        place
        for place, row in _placed(path, flow_labels, classifier, reject=rate)
        if row[f"{task}_probability"] is None
    )
    return [counts[place] for place in range(len(flow_labels.rows))]


def _of_task(row, task):
    return {**row, **row["tasks"][task]}


def _task(rows, names):
    """The figures of a task over all captures with a label of it."""
    rows = [row for row in rows if row["label"] and row["flows"]]
    known = [row for row in rows if row["knows"]]
    unknown = [row for row in rows if not row["knows"]]
    unknown_classes = collections.Counter()
    for row in unknown:
        unknown_classes[row["label"]] += row["flows"]
    result = {
        "flows": sum(row["flows"] for row in known),
        "groups": len({row["group"] for row in known}),
        "unknown_classes": dict(unknown_classes),
        "probability_known": _mean_probability(known),
        "probability_unknown": _mean_probability(unknown),
    }
    if any("rejected" in row for row in rows):
        result["rejected_known"] = _sums(known)
        result["rejected_unknown"] = _sums(unknown)
    if not known:
        return result
    confusions, groups = [], []
    for row in known:
        matrix = np.zeros((len(names), len(names)))
        for name, count in row["answers"].items():
            matrix[names.index(row["label"]), names.index(name)] = count
        confusions.append(matrix.ravel())
        groups.append(row["group"])
    _, units = np.unique(groups, return_inverse=True)
    columns = sparse.csr_array(np.stack(confusions))
    sums = np.sum(confusions, axis=0)[np.newaxis]
    resampled = None
    if units.max() > 0:  # of a single group there is nothing to draw
        resampled = bootstrap.resampled_sums(units, columns)
    for name, figure in (("accuracy", _accuracy), ("macro_f1", _macro_f1)):
        result[name] = {
            "value": float(figure(sums, len(names))[0]),
            "interval": None
            if resampled is None
            else bootstrap.interval(figure(resampled, len(names))),
        }
    return result


def _accuracy(sums, classes):
    hits = np.trace(_square(sums, classes), axis1=-2, axis2=-1)
    return hits / sums.sum(axis=-1)


def _macro_f1(sums, classes):
    return bootstrap.macro_f1(_square(sums, classes))


def _square(sums, classes):
    return sums.reshape(len(sums), classes, classes)


def _sums(rows):
    """The rejected flows of captures, by rate."""
    return {
        str(rate): sum(row["rejected"][str(rate)] for row in rows)
        for rate in REJECT_RATES
    }


def _mean_probability(rows):
    """The mean probability of the answers, a flow counting once."""
    flows = sum(row["flows"] for row in rows)
    if not flows:
        return None
    return sum(row["flows"] * row["probability"] for row in rows) / flows
