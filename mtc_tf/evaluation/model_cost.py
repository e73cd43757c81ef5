"""What an answer of a run's model costs, measured where it is evaluated."""

import os
import time

import numpy as np

from mtc_tf.evaluation.flops import flops
from mtc_tf.evaluation.run_dataset import open_dataset
from mtc_tf.inference.keras_model import rows_function
from mtc_tf.inference.row_classifier import RowClassifier
from mtc_tf.runs.provenance import provenance

# So many answers at least, and for so long.
_LEAST_ANSWERS = 5
_LEAST_SECONDS = 1.0


def model_cost(run, part, data_dir=None):
    """Measures the Keras model of a run on rows of its dataset.

    Args:
        run: `mtc_tf.runs.run_directory.Run`.
        part: str. The part whose first rows are answered.
        data_dir: str. As of `mtc_tf.evaluation.evaluate.evaluate`.

    Returns:
        dict that `json` can write: `flops` of a row, as of `flops`; rows of a
        `batch`, as evaluation and `mtc classify` take them, and the
        `rows_per_second` of such batches; `seconds_of_one_row` alone; and
        where that was, `cores` and `gpus`. Times are on the clock, those of
        the fastest of several answers: what else the machine does is least in
        it.

    Raises:
        InputError: as of `mtc_tf.evaluation.evaluate.evaluate`.
    """
    import tensorflow as tf

    from mtc_tf.data.input_pipeline import first_rows

    builder = open_dataset(run, provenance(run), data_dir)
    model = run.load_model()
    classifier = RowClassifier(run.facts, rows_function(model))
    count = classifier.batch_size
    rows = first_rows(builder, part, count)
    # A small part fills no batch.
    batch = np.resize(rows, (count, *rows.shape[1:]))
    return {
        "flops": flops(model),
        "batch": count,
        "rows_per_second": count / seconds_of(classifier.predict, batch),
        "seconds_of_one_row": seconds_of(classifier.predict, batch[:1]),
        "cores": len(os.sched_getaffinity(0)),
        "gpus": len(tf.config.list_physical_devices("GPU")),
    }


def seconds_of(answer, rows, clock=time.perf_counter):
    """Measures an answer.

    Args:
        answer: function of the rows.
        rows: array.
        clock: function without arguments, the seconds on a clock.

    Returns:
        float. The least of several; the first one, which may trace and take
        memory, is not among them.
    """
    answer(rows)
    measured = []
    while len(measured) < _LEAST_ANSWERS or sum(measured) < _LEAST_SECONDS:
        begin = clock()
        answer(rows)
        measured.append(clock() - begin)
    return min(measured)
