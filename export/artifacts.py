"""From a run directory to checked artefacts.

OUTPUT/saved_model/1/    SavedModel, in a version folder
OUTPUT/model.tflite      the same model, float32
OUTPUT/mtc.json          classes, recipe, origin, measured differences
"""

import contextlib
import os
import pathlib
import shutil

import tensorflow as tf

from export.parity import check_parity
from export.saved_model import write_saved_model
from export.tflite import load_tflite
from export.tflite import write_tflite
from mtc_tf import saved_model
from mtc_tf.classifier import model_facts
from mtc_tf.classifier import packet_function
from mtc_tf.errors import InputError
from mtc_tf.errors import first_line
from mtc_tf.packets import PACKET_LENGTH
from mtc_tf.provenance import provenance
from mtc_tf.run_directory import INFO_FILE
from mtc_tf.run_directory import write_json

SAVED_MODEL = f"{saved_model.FOLDER}/1"
TFLITE = "model.tflite"
METADATA = "mtc.json"


def export_run(run, output):
    """Exports the model of a run, and proves the artefacts on real packets.

    The output appears under its name when everything in it agrees with the
    Keras model, or not at all.

    Args:
        run: `mtc_tf.run_directory.Run`.
        output: str or path of the folder to write.

    Returns:
        dict from artefact to dict from task name to the largest difference.

    Raises:
        InputError: if the run cannot be read or the output not be written.
        ParityError: if an artefact does not agree with the Keras model.
    """
    with _appearing(pathlib.Path(output)) as folder:
        metadata = _metadata(run)
        packets = _sample(run)
        model = run.load_model()
        write_saved_model(model, folder / SAVED_MODEL)
        write_tflite(folder / SAVED_MODEL, folder / TFLITE)
        metadata["parity"] = _check(model, folder, packets)
        beside_model = folder / SAVED_MODEL / saved_model.METADATA_FILE
        beside_model.parent.mkdir()
        write_json(beside_model, metadata)
        write_json(folder / METADATA, metadata)
    return metadata["parity"]


def _metadata(run):
    tasks, _, masks = model_facts(run.info, run.path / INFO_FILE)
    return {
        "tasks": tasks,
        "packet_length": PACKET_LENGTH,
        "masks": masks,
        **provenance(run),
    }


def _sample(run):
    packets = run.load_sample()
    if packets.dtype != "uint8" or packets.shape[1:] != (PACKET_LENGTH,):
        raise InputError(
            f"{run.path}: expected a sample of uint8 (packets, "
            f"{PACKET_LENGTH}), received {packets.dtype} {packets.shape}"
        )
    if not len(packets):
        raise InputError(f"{run.path}: the sample holds no packets")
    return packets


def _check(model, folder, packets):
    expected = {
        task: values.numpy()
        for task, values in packet_function(model)(packets).items()
    }
    artefacts = {
        SAVED_MODEL: saved_model.load_function(folder / SAVED_MODEL),
        TFLITE: load_tflite(folder / TFLITE),
    }
    return {
        name: check_parity(name, expected, function, packets)
        for name, function in artefacts.items()
    }


@contextlib.contextmanager
def _appearing(output):
    """Gives a folder beside `output` that takes its name on success."""
    if output.exists():
        raise InputError(f"output {str(output)!r} exists; give a new folder")
    if not output.parent.is_dir():
        raise InputError(f"output {str(output)!r}: no folder {output.parent}")
    temporary = output.with_name(f".{output.name}.{os.getpid()}")
    temporary.mkdir()
    try:
        yield temporary
        os.rename(temporary, output)
    except tf.errors.OpError as error:  # a full disk, for one
        raise InputError(
            f"output {str(output)!r} cannot be written: {first_line(error)}"
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
