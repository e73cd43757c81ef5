"""A table of flow features and a trained model -> labelled flows."""

import numpy as np

from mtc_tf.classify import answers
from mtc_tf.flow_table import read_flow_table


def classify_flow_table(path, classifier):
    """Classifies the flows of a table, chunk by chunk.

    A flow that lacks a feature, or has an infinite one, gets no answer: the
    model has not seen such flows, since cleaning removes them.

    Args:
        path: path of a CSV file with the columns `classifier.facts.features`.
        classifier: `mtc_tf.classifier.Classifier` of flows.

    Yields:
        list of dicts, one for each flow: `file`, `line`, and for each task
        its class and `<task>_probability`, or None for both.

    Raises:
        InputError: if the table cannot be read.
    """
    tasks = classifier.facts.tasks
    for chunk in read_flow_table(path, classifier.facts.features):
        complete = np.isfinite(chunk.values).all(axis=1)
        labelled = iter(())
        if complete.any():
            rows = chunk.values[complete].astype(np.float32)
            labelled = iter(answers(classifier.predict(rows), tasks))
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
