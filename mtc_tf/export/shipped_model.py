"""From a run directory to the model that the package ships.

OUTPUT/model.tflite  weights in float16, for `mtc classify`, which needs no more
OUTPUT/mtc.json      what stands in it: classes, preprocessing, origin,
                     measured differences
OUTPUT/model.keras   the same weights, for `mtc train --init=lab`
OUTPUT/README.md     its card
"""

import dataclasses
import pathlib
import shutil

import numpy as np

from mtc_tf.errors import InputError
from mtc_tf.evaluation.page.evaluated_run import read_runs
from mtc_tf.export.artifacts import appearing
from mtc_tf.export.artifacts import describe_run
from mtc_tf.export.model_card import model_card
from mtc_tf.export.parity import check_parity
from mtc_tf.export.quantization import FLOAT16
from mtc_tf.export.quantization import quantize
from mtc_tf.export.saved_model import write_saved_model
from mtc_tf.export.tflite import tflite_model
from mtc_tf.export.tflite_metadata import with_metadata
from mtc_tf.inference import litert
from mtc_tf.inference import saved_model
from mtc_tf.inference.keras_model import classifier_of
from mtc_tf.inference.keras_model import serving_function
from mtc_tf.inference.tflite_archive import METADATA_FILE
from mtc_tf.inference.tflite_archive import with_description
from mtc_tf.inference.tflite_file import digest
from mtc_tf.runs import run_directory
from mtc_tf.runs.confidence import CONFIDENCE_FILE
from mtc_tf.runs.run_directory import write_json

_SAVED_MODEL = "saved_model"
_CARD = "README.md"


def write_shipped_model(run, output):
    """Writes a run's model small: its weights rounded to float16.

    TFLite and Keras then have the same weights again; their answers are proven
    to agree but for the constants that TFLite keeps in float16, too. The output
    appears under its name when all of it is there.

    Args:
        run: `mtc_tf.runs.run_directory.Run` of packets or flows, evaluated.
        output: str or path of the folder to write.

    Returns:
        dict from task name to the largest difference between a probability of
        the run's model and that of the rounded one, on rows of the validation
        part.

    Raises:
        InputError: if the run cannot be read or was not evaluated, a weight is
            too large, or the output cannot be written.
        ParityError: if the TFLite file does not agree with the Keras model.
    """
    confidence = run.load_confidence()
    if confidence is None:
        raise InputError(
            f"{run.path} holds no {CONFIDENCE_FILE}: run `mtc evaluate` first"
        )
    [evaluated] = read_runs([run.path])
    facts, metadata = describe_run(run, confidence)
    rows = run.load_sample()
    with appearing(pathlib.Path(output)) as folder:
        model = run.load_model()
        function = serving_function(model, None, confidence)
        exact = classifier_of(facts, function, run.path).predict(rows)

        model.set_weights(list(map(_rounded, model.get_weights())))
        confidence = _rounded_confidence(confidence)
        function = serving_function(model, None, confidence)
        expected = classifier_of(facts, function, run.path).predict(rows)
        # It was loaded without the optimizer, whose state is twice the weights.
        model.save(folder / run_directory.MODEL_FILE)
        write_saved_model(
            model, {saved_model.SIGNATURE: function}, folder / _SAVED_MODEL
        )
        tflite = quantize(tflite_model(folder / _SAVED_MODEL), FLOAT16, {})
        tflite = with_metadata(tflite, facts.tasks)
        shutil.rmtree(folder / _SAVED_MODEL)
        metadata["tflite_sha256"] = digest(tflite)
        metadata["parity"] = {
            litert.MODEL_FILE: check_parity(
                litert.MODEL_FILE,
                expected,
                litert.load_function(tflite, litert.MODEL_FILE),
                facts.arguments(rows),
                half=True,
            )
        }
        content = with_description(tflite, metadata)
        (folder / litert.MODEL_FILE).write_bytes(content)
        # Beside it, for what reads the Keras model.
        write_json(folder / METADATA_FILE, metadata)
        rounding = {
            task: float(np.abs(exact[task] - expected[task]).max())
            for task in facts.tasks
        }
        card = model_card(evaluated, rounding)
        (folder / _CARD).write_text(card, encoding="utf-8")
    return rounding


def _rounded_confidence(confidence):
    """What is a constant in the TFLite file is rounded there, too."""
    classes = tuple(
        dataclasses.replace(
            known,
            means=_rounded(known.means),
            whitening=_rounded(known.whitening),
        )
        for known in confidence.classes
    )
    return dataclasses.replace(confidence, classes=classes)


def _rounded(values):
    """The same numbers as far as float16 can tell them, in float32."""
    if np.abs(values).max(initial=0) > np.finfo(np.float16).max:
        raise InputError(
            f"a weight of {np.abs(values).max():g} is too large for float16"
        )
    return values.astype(np.float16).astype(np.float32)
