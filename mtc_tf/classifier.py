"""A trained model behind one call: rows in, named probabilities out.

The model of a run directory and an exported SavedModel look the same from
here on. Evaluation, classification and the check of an export share it.
"""

import dataclasses
import pathlib
from collections.abc import Callable

import numpy as np

from mtc_tf import saved_model
from mtc_tf.errors import InputError
from mtc_tf.model_facts import PACKETS
from mtc_tf.model_facts import ModelFacts
from mtc_tf.model_facts import argument_name
from mtc_tf.model_facts import parse_model_facts
from mtc_tf.run_directory import INFO_FILE
from mtc_tf.run_directory import load_run

# Bounds the memory: inside the full model a packet takes several megabytes, a
# flow a thirtieth of that.
PACKETS_PER_BATCH = 128
FLOWS_PER_BATCH = 2048


@dataclasses.dataclass(frozen=True)
class Classifier:
    """A trained model with what it takes to feed it and to read it.

    Args:
        facts: `ModelFacts`.
        function: callable. Rows `(batch, …)` -> dict from task name to tensor
            of probabilities `(batch, classes)`.
    """

    facts: ModelFacts
    function: Callable

    @property
    def batch_size(self):
        """int. The most rows that the function is given at once."""
        return FLOWS_PER_BATCH if self.facts.features else PACKETS_PER_BATCH

    def predict(self, rows):
        """Classifies any number of rows in bounded memory.

        Args:
            rows: array or tensor, at least one row: uint8 `(rows, 1500)` of
                packets, or float32 `(rows, features)` of flows.

        Returns:
            dict from task name to float32 array `(rows, classes)`.

        Raises:
            InputError: if the model does not have the tasks and classes of
                its description, or a probability is not a number.
        """
        batches = [
            self.function(rows[start : start + self.batch_size])
            for start in range(0, len(rows), self.batch_size)
        ]
        if sorted(batches[0]) != sorted(self.facts.tasks):
            raise InputError(
                f"the model has the tasks {sorted(batches[0])}, but its "
                f"description {sorted(self.facts.tasks)}"
            )
        probabilities = {
            task: np.concatenate([batch[task] for batch in batches])
            for task in self.facts.tasks
        }
        for task, class_names in self.facts.tasks.items():
            _check_probabilities(task, class_names, probabilities[task])
        return probabilities


def read_model_facts(path):
    """Reads what a model is for, without loading it and TensorFlow.

    Args:
        path: str or path, as of `load_classifier`.

    Returns:
        `ModelFacts`.

    Raises:
        InputError: if there is no model, or nothing that describes it.
    """
    path = pathlib.Path(path)
    if (path / INFO_FILE).exists():
        return parse_model_facts(load_run(path).info, path / INFO_FILE)
    folder = saved_model.find_version(path)
    if folder is None:
        raise InputError(
            f"model {str(path)!r} is neither a run directory (no {INFO_FILE}) "
            "nor an exported SavedModel (no saved_model.pb)"
        )
    return parse_model_facts(
        saved_model.read_metadata(folder), folder / saved_model.METADATA_FILE
    )


def load_classifier(path):
    """Opens a run directory or an exported SavedModel.

    Args:
        path: str or path. A run directory, the output of `python -m export`,
            its `saved_model` folder, or a version folder in that.

    Returns:
        A `Classifier` of packets, or of flows in the units of their table.

    Raises:
        InputError: if `path` is none of these, or cannot be loaded.
    """
    path = pathlib.Path(path)
    facts = read_model_facts(path)
    if (path / INFO_FILE).exists():
        run = load_run(path)
        function = serving_function(run.load_model(), run.load_scaler())
        return Classifier(
            facts, lambda rows: function(*facts.arguments(rows).values())
        )
    function = saved_model.load_function(saved_model.find_version(path))
    return Classifier(facts, lambda rows: function(**facts.arguments(rows)))


def serving_function(model, scaler):
    """Gives a Keras model the signature that its exports have.

    Args:
        model: a Keras model with one named input and named outputs.
        scaler: None for a model of packets; for a model of flows the
            `mtc_tf.scaler.Scaler` that its training flows were scaled with.

    Returns:
        `tf.function` of tensors, named and ordered as by
        `ModelFacts.arguments`: `packets`, uint8 `(batch, 1500)`, or a float32
        `(batch,)` for each feature. It is traced once, for batches of every
        size.
    """
    if scaler is None:
        return rows_function(model, PACKETS)
    return _flow_function(model, scaler)


def rows_function(model, argument="rows"):
    """Gives a Keras model a function of rows as the dataset holds them.

    Args:
        model: a Keras model with one named input and named outputs.
        argument: str. Name of the function's argument.

    Returns:
        `tf.function` of one tensor, of the shape and type of the model's
        input. It is traced once, for batches of every size.
    """
    import tensorflow as tf

    [(name, symbol)] = model.input.items()
    specification = tf.TensorSpec(symbol.shape, symbol.dtype, name=argument)

    @tf.function(input_signature=[specification])
    def probabilities(rows):
        return model({name: rows}, training=False)

    return probabilities


def _flow_function(model, scaler):
    import tensorflow as tf

    from mtc_tf.layers.quantile_scaling import QuantileScaling

    [name] = model.input
    scaling = QuantileScaling(scaler.quantiles)
    specifications = [
        tf.TensorSpec((None,), tf.float32, name=argument_name(feature))
        for feature in scaler.features
    ]

    @tf.function(input_signature=specifications)
    def probabilities(*columns):
        rows = tf.stack(columns, axis=1)  # (batch, features)
        return model({name: scaling(rows)}, training=False)

    return probabilities


def _check_probabilities(task, class_names, probabilities):
    classes = probabilities.shape[1]
    if classes != len(class_names):
        raise InputError(
            f"the model has {classes} classes of {task}, but its description "
            f"{len(class_names)}"
        )
    if not np.isfinite(probabilities).all():
        raise InputError(
            f"the model's probabilities of {task} are not numbers; its "
            "training diverged or its file is damaged"
        )
