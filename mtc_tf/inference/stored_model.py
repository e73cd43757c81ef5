"""A model on disk or behind a server: which form it has, what it is for."""

import dataclasses
import pathlib
from collections.abc import Callable

from mtc_tf.errors import InputError
from mtc_tf.extras import has_tensorflow
from mtc_tf.extras import require_tensorflow
from mtc_tf.files.shipped import shipped_model
from mtc_tf.inference import litert
from mtc_tf.inference import saved_model
from mtc_tf.inference.keras_model import classifier_of
from mtc_tf.inference.keras_model import serving_function
from mtc_tf.inference.remote.address import is_address
from mtc_tf.inference.row_classifier import RowClassifier
from mtc_tf.inference.tflite_file import SUFFIX
from mtc_tf.inference.tflite_file import read_tflite
from mtc_tf.runs.model_facts import ModelFacts
from mtc_tf.runs.model_facts import parse_model_facts
from mtc_tf.runs.run_directory import INFO_FILE
from mtc_tf.runs.run_directory import load_run


@dataclasses.dataclass(frozen=True)
class StoredModel:
    """A model whose description was read, and which is not loaded yet.

    Args:
        facts: `ModelFacts`.
        needs_tensorflow: bool. Whether `load` imports TensorFlow.
        load: callable without arguments -> `RowClassifier`, which was
            tried. Raises `InputError` if the model cannot be loaded or is not
            as described.
    """

    facts: ModelFacts
    needs_tensorflow: bool
    load: Callable


def find_model(path, description=None):
    """Reads what a model is for, without loading it and TensorFlow.

    An export holds one model in two forms, which answer the same: TensorFlow
    runs the SavedModel; where it is not installed, LiteRT runs the TFLite file.

    Args:
        path: str or path, as of `load_classifier`.
        description: as of `load_classifier`.

    Returns:
        `StoredModel`.

    Raises:
        InputError: if there is no model, or nothing that describes it, or it
            needs TensorFlow and that is not installed.
    """
    if is_address(path):
        # Only now: what speaks HTTP takes longer to import than LiteRT.
        from mtc_tf.inference.remote.remote_model import find_remote_model

        facts, function = find_remote_model(path, description)
        return StoredModel(
            facts,
            needs_tensorflow=False,
            load=lambda: RowClassifier(facts, function),
        )
    if description is not None:
        raise InputError(
            "--description is for a model behind a server, received the model "
            f"{str(path)!r}"
        )
    path = pathlib.Path(path)
    if path.suffix == SUFFIX and not path.is_dir():
        return stored_tflite(read_tflite(path))
    if (path / INFO_FILE).exists():
        return _of_run(path)
    folder = saved_model.find_version(path)
    tflite = path / litert.MODEL_FILE
    if tflite.exists() and not (folder and has_tensorflow()):
        return stored_tflite(read_tflite(tflite))
    if folder is not None:
        return _of_saved_model(folder)
    raise InputError(
        f"model {str(path)!r} is neither a run directory (no {INFO_FILE}) "
        f"nor an export (no {saved_model.MODEL_FILE}, no {litert.MODEL_FILE})"
    )


def find_shipped_model():
    """Finds the model that comes with the package.

    Returns:
        tuple of its `StoredModel`, and `pathlib.Path` of its card.

    Raises:
        InputError: if the package comes without.
    """
    path = shipped_model() / litert.MODEL_FILE
    if not path.exists():
        raise InputError(
            "this version of mtc_tf comes without a model: give a run "
            "directory or an export"
        )
    return find_model(path), path.with_name("README.md")


def load_classifier(path, description=None):
    """Opens a run directory, or an export, or a model behind a server.

    Args:
        path: str or path. A run directory, the output of `mtc export`, one
            of its `.tflite` files, its `saved_model` folder, or a version
            folder in that. A `.tflite` file needs no TensorFlow. Or an address,
            such as `http://localhost:8501/mtc` or `grpc://localhost:8500/mtc`.
        description: str or path. For an address, the export that the server
            has its model from, or the `mtc.json` in it. KServe as of `make
            serve` says it itself; TensorFlow Serving cannot.

    Returns:
        A `RowClassifier` of packets, or of records in the units of their
        table.

    Raises:
        InputError: if `path` is none of these, or cannot be loaded, or needs
            TensorFlow and that is not installed.
    """
    return find_model(path, description).load()


def stored_tflite(file):
    """Makes a model of a TFLite file that was read.

    Args:
        file: `mtc_tf.inference.tflite_file.TFLiteFile`.

    Returns:
        `StoredModel`.

    Raises:
        InputError: if what describes it is of no use.
    """
    facts = parse_model_facts(file.description, file.described_by)

    def load():
        function = litert.load_function(file.model, file.path)
        return _exported(facts, function, file.path)

    return StoredModel(facts, needs_tensorflow=False, load=load)


def _of_run(path):
    require_tensorflow(f"{path}: a run directory")
    run = load_run(path)
    confidence = run.load_confidence()
    facts = run.facts
    if confidence:
        facts = dataclasses.replace(facts, unknown=confidence.quantiles)

    def load():
        model = run.load_model()
        function = serving_function(model, run.load_scaler(), confidence)
        return classifier_of(facts, function, path)

    return StoredModel(facts, needs_tensorflow=True, load=load)


def _of_saved_model(folder):
    require_tensorflow(f"{folder}: a SavedModel")
    metadata = saved_model.read_metadata(folder)
    facts = parse_model_facts(metadata, folder / saved_model.METADATA_FILE)

    def load():
        return _exported(facts, saved_model.load_function(folder), folder)

    return StoredModel(facts, needs_tensorflow=True, load=load)


def _exported(facts, function, source):
    return RowClassifier(
        facts, lambda rows: function(**facts.arguments(rows))
    ).check(source)
