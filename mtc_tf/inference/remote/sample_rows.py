"""The rows that a model would be asked for of a capture."""

import numpy as np

from mtc_tf.errors import InputError
from mtc_tf.inference.label_packets import label_capture
from mtc_tf.inference.row_classifier import RowClassifier
from mtc_tf.runs.confidence import UNKNOWN


def sample_rows(capture, facts, most):
    """Prepares the first rows of a capture as `label_capture` does.

    Args:
        capture: path.
        facts: `ModelFacts` of a model of packets or of flows.
        most: int. Rows at most.

    Returns:
        array of one or more rows.

    Raises:
        InputError: if the capture cannot be read, or has none.
    """
    seen = []

    def note(rows):
        wanted = most - sum(map(len, seen))
        if wanted > 0:
            seen.append(np.array(rows[:wanted]))
        return _any_answer(facts, len(rows))

    for _ in label_capture(capture, RowClassifier(facts, note)):
        if sum(map(len, seen)) >= most:
            break
    if not seen:
        raise InputError(f"{capture}: no packet was kept of it")
    return np.concatenate(seen)


def _any_answer(facts, rows):
    answer = {
        task: np.full((rows, len(names)), 1 / len(names))
        for task, names in facts.tasks.items()
    }
    if facts.unknown:
        answer[UNKNOWN] = np.zeros(rows)
    return answer
