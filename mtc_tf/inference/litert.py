"""A TFLite model run by LiteRT: no TensorFlow.

LiteRT's operations compute tensors and touch no files; but LiteRT believes what
stands in a file, so only files of a known origin should be run.
"""

import os
from concurrent import futures

import numpy as np

from mtc_tf.errors import InputError
from mtc_tf.errors import first_line
from mtc_tf.inference.saved_model import SIGNATURE
from mtc_tf.native_notes import silent_stderr

MODEL_FILE = "model.tflite"
# LiteRT is hardly faster in larger batches, but needs as much more memory, and
# each thread its own: the full MTC 200 MB for 16 packets, 1.1 GB for 128.
ROWS_AT_ONCE = 16
_MOST_THREADS = 4


def load_function(model, source, threads=None):
    """Loads a TFLite model.

    Args:
        model: bytes.
        source: path of its file, for messages.
        threads: int. How many run it, of many rows each some; by default one
            for each processor that the process may use, but few.

    Returns:
        callable. The arguments of the signature, by name, arrays
        `(rows, …)` -> dict from task name to array of probabilities
        `(rows, classes)`. Not to be called by two threads at once.

    Raises:
        InputError: if it is no model with this signature.
    """
    threads = threads or _threads()
    try:
        alone = _runner(model, threads)
    except Exception as error:  # damaged files end in errors of many kinds
        raise InputError(
            f"{source}: the TFLite file cannot be loaded: {first_line(error)}"
        ) from error
    executor, others = futures.ThreadPoolExecutor(threads), []

    def probabilities(**arguments):
        rows = len(next(iter(arguments.values())))
        starts = range(0, rows, ROWS_AT_ONCE)
        shares = min(threads, len(starts))
        # Operations on so few rows are too small to be shared out: where there
        # are more, as many interpreters answer more than one with all threads.
        while len(others) < shares > 1:
            others.append(_runner(model, 1))
        runners = others if shares > 1 else [alone]

        def answers(share):
            return [
                runners[share](
                    **{
                        name: values[start : start + ROWS_AT_ONCE]
                        for name, values in arguments.items()
                    }
                )
                for start in starts[share::shares]
            ]

        # One share stays here: to hand it over takes a single row a third more.
        each = executor.map if shares > 1 else map
        parts = [None] * len(starts)
        for share, own in enumerate(each(answers, range(shares))):
            parts[share::shares] = own
        return {
            task: np.concatenate([part[task] for part in parts])
            for task in parts[0]
        }

    return probabilities


def _runner(model, threads):
    from ai_edge_litert.interpreter import Interpreter

    with silent_stderr():
        interpreter = Interpreter(model_content=model, num_threads=threads)
        # It prepares the model here, and notes so.
        interpreter.allocate_tensors()
    return interpreter.get_signature_runner(SIGNATURE)


def _threads():
    """One for each processor that the process may use, but few."""
    return min(len(os.sched_getaffinity(0)), _MOST_THREADS)
