"""A model on disk: which of the forms it has, and what it is for."""

import dataclasses
import pathlib
from collections.abc import Callable

from mtc_tf.errors import InputError
from mtc_tf.inference import saved_model
from mtc_tf.inference.keras_model import classifier_of
from mtc_tf.inference.keras_model import serving_function
from mtc_tf.inference.traffic_classifier import TrafficClassifier
from mtc_tf.runs.model_facts import ModelFacts
from mtc_tf.runs.model_facts import parse_model_facts
from mtc_tf.runs.run_directory import INFO_FILE
from mtc_tf.runs.run_directory import load_run


@dataclasses.dataclass(frozen=True)
class StoredModel:
    """A model whose description was read, and which is not loaded yet.

    Args:
        facts: `ModelFacts`.
        load: callable without arguments -> `TrafficClassifier`, which was
            tried. Raises `InputError` if the model cannot be loaded or is not
            as described.
    """

    facts: ModelFacts
    load: Callable


def find_model(path):
    """Reads what a model is for, without loading it and TensorFlow.

    Args:
        path: str or path, as of `load_classifier`.

    Returns:
        `StoredModel`.

    Raises:
        InputError: if there is no model, or nothing that describes it.
    """
    path = pathlib.Path(path)
    if (path / INFO_FILE).exists():
        return _of_run(path)
    folder = saved_model.find_version(path)
    if folder is not None:
        return _of_saved_model(folder)
    raise InputError(
        f"model {str(path)!r} is neither a run directory (no {INFO_FILE}) "
        "nor an exported SavedModel (no saved_model.pb)"
    )


def load_classifier(path):
    """Opens a run directory or an exported SavedModel.

    Args:
        path: str or path. A run directory, the output of `python -m export`,
            its `saved_model` folder, or a version folder in that.

    Returns:
        A `TrafficClassifier` of packets, or of records in the units of their
        table.

    Raises:
        InputError: if `path` is none of these, or cannot be loaded.
    """
    return find_model(path).load()


def _of_run(path):
    run = load_run(path)
    facts = parse_model_facts(run.info, path / INFO_FILE)

    def load():
        function = serving_function(run.load_model(), run.load_scaler())
        return classifier_of(facts, function, path)

    return StoredModel(facts, load)


def _of_saved_model(folder):
    metadata = saved_model.read_metadata(folder)
    facts = parse_model_facts(metadata, folder / saved_model.METADATA_FILE)

    def load():
        function = saved_model.load_function(folder)
        return TrafficClassifier(
            facts, lambda rows: function(**facts.arguments(rows))
        ).check(folder)

    return StoredModel(facts, load)
