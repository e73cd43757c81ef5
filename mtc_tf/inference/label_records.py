"""A table of flow features and a trained model -> labelled records."""

import dataclasses

import numpy as np

from mtc_tf.features.record_table import GENERATION
from mtc_tf.features.record_table import open_record_table
from mtc_tf.inference.answers import answers
from mtc_tf.inference.answers import no_answer
from mtc_tf.inference.rejection import highest_score
from mtc_tf.runs.confidence import ROW


@dataclasses.dataclass
class RecordReport:
    """How many records of a table were read, and how many got an answer.

    Args:
        read: int. Records read so far.
        labelled: int. Those that have a finite value of every feature.
        warnings: list of str. What a reader of the result should know.
    """

    read: int = 0
    labelled: int = 0
    warnings: list[str] = dataclasses.field(default_factory=list)


def label_record_table(path, classifier, *, reject=None, report=None):
    """Labels the records of a table, chunk by chunk.

    A record that lacks a feature, or has an infinite one, gets no answer: the
    model has not seen such records, since cleaning removes them.

    Args:
        path: path of a CSV file with the columns `classifier.facts.features`.
        classifier: `RowClassifier` of records.
        reject: float. The share of known records that may be answered
            `unknown`, as of `highest_score`; by default none.
        report: `RecordReport`, filled in while the rows are drawn.

    Yields:
        list of dicts, one for each record: `file`, `line`, and for each task
        its class and `<task>_probability`, or None for both.

    Raises:
        InputError: if the table cannot be read, or the model not be run or
            tells nothing unknown.
        ValueError: if the model is one of packets.
    """
    if not classifier.facts.features:
        raise ValueError("`classifier` must be of records. Received: packets.")
    report = RecordReport() if report is None else report
    highest = None
    if reject is not None:
        highest = highest_score(classifier.facts, reject, ROW)
    with open_record_table(path) as table:
        if table.generation != GENERATION:
            report.warnings.append(
                f"columns named as in {table.generation} were read as those of "
                f"{GENERATION}; the two tools compute some values differently"
            )
        for chunk in table.chunks(classifier.facts.features):
            rows = chunk.float32()
            complete = np.isfinite(rows).all(axis=1)
            report.read += len(rows)
            report.labelled += int(complete.sum())
            yield _described(
                path, classifier, chunk.lines, rows, complete, highest
            )
    if not report.read:
        report.warnings.append("the table holds no record")
    elif report.labelled < report.read:
        report.warnings.append(
            f"{report.read - report.labelled} of {report.read} records have an "
            "empty or infinite value and were not labelled"
        )


def _described(path, classifier, lines, rows, complete, highest):
    """Rows of a chunk, those that are not complete without an answer."""
    tasks = classifier.facts.tasks
    labelled = iter(())
    if complete.any():
        found = classifier.predict(rows[complete])
        labelled = iter(answers(found, tasks, highest))
    return [
        {
            "file": str(path),
            "line": line,
            **(next(labelled) if known else no_answer(tasks)),
        }
        for line, known in zip(lines.tolist(), complete.tolist(), strict=True)
    ]
