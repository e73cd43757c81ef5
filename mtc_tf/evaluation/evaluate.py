"""A trained run on one part of its dataset."""

import numpy as np
import tqdm

from mtc_tf.errors import InputError
from mtc_tf.evaluation.metrics import classification_metrics
from mtc_tf.inference.keras_model import rows_function
from mtc_tf.inference.traffic_classifier import TrafficClassifier
from mtc_tf.runs.provenance import provenance
from mtc_tf.tasks import MISSING_LABEL


def evaluate(run, part, data_dir=None):
    """Evaluates every task of a run.

    Args:
        run: `mtc_tf.runs.run_directory.Run`.
        part: str. `train`, `validation` or `test`.
        data_dir: str. Where the prepared dataset lies now; by default where
            it lay when the run was trained.

    Returns:
        dict that `json` can write: `part`, the entries of `provenance`, and
        `tasks`, with the entries of `classification_metrics` for each task.

    Raises:
        InputError: if run or dataset cannot be read, or if the dataset is
            not the one that the run was trained on.
    """
    facts = provenance(run)
    builder = open_dataset(run, facts, data_dir)
    classifier = TrafficClassifier(
        run.facts, rows_function(run.load_model())
    ).check(run.path)
    labels, probabilities = _predict(classifier, builder, part)
    return {
        "part": part,
        **facts,
        "tasks": {
            task: classification_metrics(
                labels[task], probabilities[task], class_names
            )
            for task, class_names in classifier.facts.tasks.items()
        },
    }


def open_dataset(run, facts, data_dir=None):
    """Opens the dataset that a run was trained on.

    Args:
        run: `mtc_tf.runs.run_directory.Run`.
        facts: dict. The run's `provenance`.
        data_dir: str. Where the prepared dataset lies now; by default where
            it lay when the run was trained.

    Returns:
        a builder that only reads.

    Raises:
        InputError: if no dataset lies there, or another one.
    """
    from mtc_tf.data.input_pipeline import load_builder

    name = "{name}/{config}:{version}".format(**facts["dataset"])
    data_dir = data_dir or run.info["dataset"]["data_dir"]
    builder = load_builder(name, data_dir)
    # Rows of another split may have been trained on, and then their score
    # says nothing.
    for fact in ("digests", "label_map"):
        if builder.info.metadata[fact] != facts[fact]:
            raise InputError(
                f"{name} in data_dir {str(data_dir)!r} is not what the run was "
                f"trained on: {fact} expected {facts[fact]}, received "
                f"{builder.info.metadata[fact]}"
            )
    return builder


def _predict(classifier, builder, part):
    """Reads a part once; returns labels and probabilities of each task."""
    from mtc_tf.data.input_pipeline import read_part

    tasks = classifier.facts.tasks
    labels = {task: [] for task in tasks}
    probabilities = {task: [] for task in tasks}
    batches = read_part(builder, part, tasks, classifier.batch_size)
    # None: on a terminal only.
    with tqdm.tqdm(unit=" rows", disable=None, leave=False) as progress:
        for inputs, targets, weights in batches:
            [rows] = inputs.values()
            predicted = classifier.predict(rows)
            for task, values in predicted.items():
                has_label = weights[task].numpy() > 0
                labels[task].append(
                    np.where(has_label, targets[task], MISSING_LABEL)
                )
                probabilities[task].append(values)
            progress.update(len(rows))
    return _joined(labels), _joined(probabilities)


def _joined(batches):
    return {task: np.concatenate(arrays) for task, arrays in batches.items()}
