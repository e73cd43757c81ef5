"""From a run directory to checked artefacts.

OUTPUT/saved_model/1/          SavedModel, in a version folder
OUTPUT/model.tflite            the same model, float32
OUTPUT/model_float16.tflite    weights in float16
OUTPUT/model_dynamic.tflite    weights in 8 bits, values in float32
OUTPUT/model_int8.tflite       weights and values in 8 bits
OUTPUT/mtc.json                classes, preprocessing, origin, what was measured
"""

import contextlib
import dataclasses
import pathlib

import tensorflow as tf

from mtc_tf.errors import InputError
from mtc_tf.errors import first_line
from mtc_tf.export.frame_signature import frame_function
from mtc_tf.export.macro_f1 import MAX_F1_LOSS
from mtc_tf.export.parity import check_parity
from mtc_tf.export.saved_model import write_saved_model
from mtc_tf.export.tflite import tflite_model
from mtc_tf.export.trial import prepare_trial
from mtc_tf.export.variants import write_variants
from mtc_tf.export.warm_up import write_warm_up
from mtc_tf.files.atomic import replacing
from mtc_tf.inference import litert
from mtc_tf.inference import saved_model
from mtc_tf.inference.keras_model import classifier_of
from mtc_tf.inference.keras_model import serving_function
from mtc_tf.inference.tflite_archive import METADATA_FILE
from mtc_tf.inference.tflite_file import read_tflite
from mtc_tf.packets import PACKET_LENGTH
from mtc_tf.runs.model_facts import FORMAT
from mtc_tf.runs.model_facts import argument_name
from mtc_tf.runs.provenance import provenance
from mtc_tf.runs.run_directory import write_json

SAVED_MODEL = f"{saved_model.FOLDER}/1"
TFLITE = litert.MODEL_FILE


@dataclasses.dataclass(frozen=True)
class ExportReport:
    """What an export wrote, and what it left out.

    Args:
        parity: dict from artefact to dict from output to the largest
            difference.
        tflite: dict from TFLite file to its figures, as of `write_variants`.
        notes: list of str. Lines on what is missing.
    """

    parity: dict
    tflite: dict
    notes: list


def export_run(run, output, max_f1_loss=MAX_F1_LOSS):
    """Exports the model of a run, and proves the artefacts on real rows.

    The output appears under its name when everything in it agrees with the
    Keras model, or not at all. Where the run has temperatures and a score of
    unknown traffic, the artefacts answer with these.

    Args:
        run: `mtc_tf.runs.run_directory.Run`.
        output: str or path of the folder to write.
        max_f1_loss: float. As of `write_variants`.

    Returns:
        `ExportReport`.

    Raises:
        InputError: if the run cannot be read or the output not be written.
        ParityError: if an artefact does not agree with the Keras model.
    """
    with appearing(pathlib.Path(output)) as folder:
        confidence = run.load_confidence()
        facts, metadata = describe_run(run, confidence)
        rows = run.load_sample()
        model = run.load_model()
        function = serving_function(model, run.load_scaler(), confidence)
        classifier = classifier_of(facts, function, run.path)
        expected = classifier.predict(rows)
        signatures = {saved_model.SIGNATURE: function}
        if not facts.features:
            signatures[saved_model.FRAMES_SIGNATURE] = frame_function(
                function, facts
            )
        write_saved_model(model, signatures, folder / SAVED_MODEL)
        write_warm_up(folder / SAVED_MODEL, rows, facts)
        trial, reason = prepare_trial(run, classifier, rows, expected)
        figures, notes = write_variants(
            folder,
            tflite_model(folder / SAVED_MODEL),
            trial,
            metadata,
            max_f1_loss,
        )
        parity = _check(folder, expected, run.facts.arguments(rows))
        for name, found in figures.items():
            parity.setdefault(name, found.pop("differences"))
        metadata["tflite_sha256"] = figures[TFLITE]["sha256"]
        metadata["parity"] = parity
        metadata["tflite"] = figures
        beside_model = folder / SAVED_MODEL / saved_model.METADATA_FILE
        write_json(beside_model, metadata)
        write_json(folder / METADATA_FILE, metadata)
    return ExportReport(parity, figures, [reason, *notes] if reason else notes)


def describe_run(run, confidence):
    """Says what artefacts of a run are for.

    Args:
        run: `mtc_tf.runs.run_directory.Run`.
        confidence: `mtc_tf.runs.confidence.Confidence`, or None.

    Returns:
        tuple of `ModelFacts`, and a dict for `mtc.json`.
    """
    facts = run.facts
    metadata = {"format": FORMAT, **_describe(facts), **provenance(run)}
    if confidence:
        metadata["temperatures"] = confidence.temperatures
        metadata["unknown"] = confidence.unknown()
        facts = dataclasses.replace(facts, unknown=confidence.quantiles)
    return facts, metadata


def _describe(facts):
    if facts.features:
        return {
            "tasks": facts.tasks,
            "features": facts.features,
            "arguments": [argument_name(name) for name in facts.features],
        }
    if facts.packets_per_flow:
        return {
            "tasks": facts.tasks,
            "packets_per_flow": facts.packets_per_flow,
            "masks": facts.masks,
        }
    return {
        "tasks": facts.tasks,
        "packet_length": PACKET_LENGTH,
        "masks": facts.masks,
    }


def _check(folder, expected, arguments):
    """Proves what was written, as it lies there."""
    tflite = read_tflite(folder / TFLITE).model
    artefacts = {
        SAVED_MODEL: saved_model.load_function(folder / SAVED_MODEL),
        TFLITE: litert.load_function(tflite, TFLITE),
    }
    return {
        name: check_parity(name, expected, artefact, arguments)
        for name, artefact in artefacts.items()
    }


@contextlib.contextmanager
def appearing(output):
    """Gives a folder beside `output` that takes its name on success.

    Args:
        output: `pathlib.Path`.

    Yields:
        `pathlib.Path`.

    Raises:
        InputError: if the output is there, or cannot be written.
    """
    if output.exists():
        raise InputError(f"output {str(output)!r} exists; give a new folder")
    if not output.parent.is_dir():
        raise InputError(f"output {str(output)!r}: no folder {output.parent}")
    with replacing(output) as folder:
        folder.mkdir()
        try:
            yield folder
        except tf.errors.OpError as error:  # a full disk, for one
            raise InputError(
                f"{output} cannot be written: {first_line(error)}"
            ) from error
