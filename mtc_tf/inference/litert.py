"""The TFLite file that `mtc export` writes, run by LiteRT: no TensorFlow.

LiteRT's operations compute tensors and touch no files; but LiteRT believes what
stands in a file, so only files of a known origin should be run.

model.tflite    the model
mtc.json        beside it: classes, recipe, the digest of model.tflite
"""

import hashlib
import os
from typing import NotRequired

import numpy as np

from mtc_tf.errors import InputError
from mtc_tf.errors import first_line
from mtc_tf.files.json_files import read_bytes
from mtc_tf.files.json_files import read_json
from mtc_tf.inference.saved_model import SIGNATURE
from mtc_tf.native_notes import silent_stderr
from mtc_tf.runs.model_facts import ModelDescription

MODEL_FILE = "model.tflite"
METADATA_FILE = "mtc.json"
SUFFIX = ".tflite"
# The full MTC takes 6.5 MB.
LIMIT_BYTES = 256 * 2**20
# LiteRT is no faster in larger batches, but needs as much more memory: the
# full MTC 200 MB for 16 packets, 1.1 GB for 128.
ROWS_AT_ONCE = 16
_MOST_THREADS = 4


class Description(ModelDescription):
    """What `mtc.json` says of the TFLite file beside it."""

    # Exports of before have none.
    tflite_sha256: NotRequired[str]


def digest(file):
    """Returns the SHA-256 of a TFLite file, as `mtc.json` holds it.

    Args:
        file: `pathlib.Path`.

    Returns:
        str, in hex.
    """
    return _digest(read_bytes(file, LIMIT_BYTES))


def read_metadata(file):
    """Reads the description that lies beside a TFLite file.

    Args:
        file: `pathlib.Path` of the TFLite file.

    Returns:
        dict as of `Description`.

    Raises:
        InputError: if it is missing, or not what it should be.
    """
    metadata = file.with_name(METADATA_FILE)
    try:
        return read_json(metadata, Description)
    except FileNotFoundError:
        raise InputError(
            f"{file}: {METADATA_FILE} is missing beside it; `mtc export` "
            "writes both"
        ) from None


def load_function(file, sha256=None):
    """Loads a TFLite file.

    Args:
        file: `pathlib.Path`.
        sha256: str. The digest that the file should have. A damaged file can
            do anything when it is run: answer wrongly, or ask for all memory.
            None where nothing tells, as in exports of before.

    Returns:
        callable. The arguments of the signature, by name, arrays
        `(rows, …)` -> dict from task name to array of probabilities
        `(rows, classes)`. Not to be called by two threads at once.

    Raises:
        InputError: if the file cannot be read, is not that of the digest, or
            no model with this signature.
    """
    try:
        content = read_bytes(file, LIMIT_BYTES)
    except FileNotFoundError as error:
        raise InputError(f"{file}: {error.strerror}") from error
    if sha256 is not None and _digest(content) != sha256:
        raise InputError(
            f"{file}: not the file that {METADATA_FILE} beside it describes; "
            "it is damaged, or of another export"
        )
    try:
        runner = _runner(content)
    except Exception as error:  # damaged files end in errors of many kinds
        raise InputError(
            f"{file}: the TFLite file cannot be loaded: {first_line(error)}"
        ) from error

    def probabilities(**arguments):
        rows = len(next(iter(arguments.values())))
        parts = [
            runner(
                **{
                    name: values[start : start + ROWS_AT_ONCE]
                    for name, values in arguments.items()
                }
            )
            for start in range(0, rows, ROWS_AT_ONCE)
        ]
        return {
            task: np.concatenate([part[task] for part in parts])
            for task in parts[0]
        }

    return probabilities


def _runner(content):
    from ai_edge_litert.interpreter import Interpreter

    with silent_stderr():
        interpreter = Interpreter(model_content=content, num_threads=_threads())
        # It prepares the model here, and notes so.
        interpreter.allocate_tensors()
    return interpreter.get_signature_runner(SIGNATURE)


def _digest(content):
    return hashlib.sha256(content).hexdigest()


def _threads():
    """One for each processor that the process may use, but few.

    LiteRT takes one if it is not told. With a second one on an idle processor
    the demo's model answers 1.7 times as many packets; its operations on
    `ROWS_AT_ONCE` rows are too small to be shared out among many.
    """
    return min(len(os.sched_getaffinity(0)), _MOST_THREADS)
