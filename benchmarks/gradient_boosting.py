"""Gradient-boosted trees on the records of CICIDS2017, beside a trained MTC.

  python -m benchmarks.gradient_boosting --workdir=RUN

The trees (scikit-learn's HistGradientBoostingClassifier, as it comes) see the
training rows that the run saw, balanced and scaled, and answer the same test
rows, a set of trees for each task. The run must have been evaluated.
"""

import argparse
import pathlib
import sys

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from typing_extensions import TypedDict

from mtc_tf.commands import startup
from mtc_tf.errors import InputError
from mtc_tf.evaluation.metrics import classification_metrics
from mtc_tf.files.json_files import Object
from mtc_tf.runs.run_directory import load_metrics
from mtc_tf.runs.run_directory import load_run

BATCH = 4096


class _Dataset(TypedDict):
    name: str
    config: str
    version: str


class _Figures(TypedDict):
    f1: float | None
    recall: float | None


class _Task(TypedDict):
    accuracy: float
    macro: _Figures
    classes: Object[_Figures]


class _Result(TypedDict):
    """What of `metrics.json` stands beside the trees."""

    dataset: _Dataset
    tasks: Object[_Task]


def main(arguments=None):
    """Prints the figures of both for each task; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workdir", required=True, type=pathlib.Path)
    parser.add_argument("--data_dir", help="where the dataset lies now")
    args = parser.parse_args(arguments)
    try:
        run = load_run(args.workdir)
        startup.import_tensorflow()
        ours = load_metrics(args.workdir, _Result)
        trees = evaluate_trees(run, args.data_dir)
    except InputError as error:
        print(f"gradient_boosting: error: {error}", file=sys.stderr)
        return 1
    print("{name}/{config} {version}".format(**ours["dataset"]))
    for task, figures in trees.items():
        print(f"\n{format_task(task, figures, ours['tasks'][task])}")
    return 0


def evaluate_trees(run, data_dir=None):
    """Fits trees to the training part of a run's dataset, for each task.

    Args:
        run: `mtc_tf.runs.run_directory.Run` of records.
        data_dir: str. Where the prepared dataset lies, if it was moved.

    Returns:
        dict from task name to what `classification_metrics` gives on the
        test part.

    Raises:
        InputError: if the dataset is not the one that the run saw.
    """
    from mtc_tf.evaluation.evaluate import open_dataset
    from mtc_tf.runs.provenance import provenance

    builder = open_dataset(run, provenance(run), data_dir)
    tasks = run.info["tasks"]
    rows, labels = _read(builder, "train", tasks)
    test_rows, test_labels = _read(builder, "test", tasks)
    return {
        task: classification_metrics(
            test_labels[task],
            _probabilities(rows, labels[task], test_rows, len(names)),
            names,
        )
        for task, names in tasks.items()
    }


def format_task(task, trees, ours):
    """Writes a table of both models' figures for one task.

    Args:
        task: str.
        trees: dict, of `classification_metrics`.
        ours: dict, the same of the run.

    Returns:
        str of several lines.
    """
    majority = trees["majority_class"]
    columns = {
        ("F1", "trees"): _column(trees, "f1"),
        ("F1", "MTC"): _column(ours, "f1"),
        ("recall", "trees"): _column(trees, "recall"),
        ("recall", "MTC"): _column(ours, "recall"),
        ("rows", "test"): [
            *(row["count"] for row in trees["classes"].values()),
            trees["rows"],
        ],
    }
    table = pd.DataFrame(columns, [*trees["classes"], "macro average"])
    return (
        f"{task}\n"
        + table.to_string(float_format="{:.4f}".format, na_rep="-")
        + f"\naccuracy: trees {trees['accuracy']:.4f}, MTC "
        f"{ours['accuracy']:.4f}, always {majority['name']} "
        f"{majority['accuracy']:.4f}"
    )


def _column(metrics, figure):
    return [
        *(row[figure] for row in metrics["classes"].values()),
        metrics["macro"][figure],
    ]


def _read(builder, part, tasks):
    from mtc_tf.data.input_pipeline import read_part

    batches = list(read_part(builder, part, tasks, BATCH).as_numpy_iterator())
    rows = np.concatenate([row for x, _, _ in batches for row in x.values()])
    labels = {
        task: np.concatenate([targets[task] for _, targets, _ in batches])
        for task in tasks
    }
    return rows, labels


def _probabilities(rows, labels, test_rows, classes):
    """A column for each class, also for those that training lacks."""
    trees = HistGradientBoostingClassifier(random_state=0).fit(rows, labels)
    probabilities = np.zeros((len(test_rows), classes))
    probabilities[:, trees.classes_] = trees.predict_proba(test_rows)
    return probabilities


if __name__ == "__main__":
    sys.exit(main())
