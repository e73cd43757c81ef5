"""A table of flow features and a trained model -> labelled records."""

import numpy as np

from mtc_tf.features.record_table import GENERATION
from mtc_tf.features.record_table import open_record_table
from mtc_tf.inference.label_packets import answers


def classify_record_table(path, classifier, *, warn):
    """Classifies the records of a table, chunk by chunk.

    A record that lacks a feature, or has an infinite one, gets no answer: the
    model has not seen such records, since cleaning removes them.

    Args:
        path: path of a CSV file with the columns `classifier.facts.features`.
        classifier: `TrafficClassifier` of records.
        warn: function that takes a str, a warning.

    Yields:
        list of dicts, one for each record: `file`, `line`, and for each task
        its class and `<task>_probability`, or None for both.

    Raises:
        InputError: if the table cannot be read.
    """
    tasks = classifier.facts.tasks
    with open_record_table(path) as table:
        if table.generation != GENERATION:
            warn(
                f"columns named as in {table.generation} were read as those of "
                f"{GENERATION}; the two tools compute some values differently"
            )
        for chunk in table.chunks(classifier.facts.features):
            rows = chunk.float32()
            complete = np.isfinite(rows).all(axis=1)
            labelled = iter(())
            if complete.any():
                labelled = iter(
                    answers(classifier.predict(rows[complete]), tasks)
                )
            yield [
                {
                    "file": str(path),
                    "line": line,
                    **(next(labelled) if known else _no_answer(tasks)),
                }
                for line, known in zip(
                    chunk.lines.tolist(), complete.tolist(), strict=True
                )
            ]


def _no_answer(tasks):
    columns = ((task, f"{task}_probability") for task in tasks)
    return dict.fromkeys(name for pair in columns for name in pair)
