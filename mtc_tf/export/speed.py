"""How fast LiteRT answers with a model, on the machine of the export."""

import time

import numpy as np

from mtc_tf.inference.litert import ROWS_AT_ONCE
from mtc_tf.inference.litert import load_function

THREADS = (1, 2)
# So many calls at least, and for so long.
_LEAST_CALLS = 20
_LEAST_SECONDS = 0.06


def measure_speed(model, arguments, source):
    """Times answers to one row, and to as many as are answered at once.

    Args:
        model: bytes of a TFLite model.
        arguments: dict from argument to array `(rows, …)`, one row at least.
        source: path of the model, for messages.

    Returns:
        dict that `json` can write, from the number of threads, a str, to
        `median_ms` and `p99_ms`, the time of one row, and `rows_per_second`
        of batches.

    Raises:
        InputError: if the model cannot be run.
    """
    # A small sample fills no batch.
    batch = {
        name: np.resize(values, (ROWS_AT_ONCE, *values.shape[1:]))
        for name, values in arguments.items()
    }
    one = {name: values[:1] for name, values in batch.items()}
    figures = {}
    for threads in THREADS:
        function = load_function(model, source, threads)
        alone = _seconds(function, one)
        together = _seconds(function, batch)
        figures[str(threads)] = {
            "median_ms": 1000 * float(np.median(alone)),
            "p99_ms": 1000 * float(np.quantile(alone, 0.99)),
            "rows_per_second": ROWS_AT_ONCE / float(np.median(together)),
        }
    return figures


def _seconds(function, arguments):
    """The times of calls; the first one, which takes memory, not among them."""
    function(**arguments)
    measured = []
    while len(measured) < _LEAST_CALLS or sum(measured) < _LEAST_SECONDS:
        begin = time.perf_counter()
        function(**arguments)
        measured.append(time.perf_counter() - begin)
    return measured
