"""A trained model behind one call: rows in, named probabilities out.

The model of a run directory and an exported SavedModel look the same from
here on. Evaluation, classification and the check of an export share it.
"""

import dataclasses
import pathlib
import reprlib
from collections.abc import Callable
from collections.abc import Mapping

import numpy as np

from mtc_tf.errors import InputError
from mtc_tf.errors import first_line
from mtc_tf.inference import saved_model
from mtc_tf.packets import PACKET_LENGTH
from mtc_tf.runs.model_facts import PACKETS
from mtc_tf.runs.model_facts import ModelFacts
from mtc_tf.runs.model_facts import argument_name
from mtc_tf.runs.model_facts import parse_model_facts
from mtc_tf.runs.run_directory import INFO_FILE
from mtc_tf.runs.run_directory import load_run
from mtc_tf.tasks import MODEL_INPUTS

# Bounds the memory: inside the full model a packet takes several megabytes, a
# record a thirtieth of that.
PACKETS_PER_BATCH = 128
RECORDS_PER_BATCH = 2048
# Of a softmax in half precision.
_TOLERANCE = 1e-2


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
        return RECORDS_PER_BATCH if self.facts.features else PACKETS_PER_BATCH

    def predict(self, rows):
        """Classifies any number of rows in bounded memory.

        Args:
            rows: array or tensor, at least one row: uint8 `(rows, 1500)` of
                packets, or float32 `(rows, features)` of records.

        Returns:
            dict from task name to float32 array `(rows, classes)`.

        Raises:
            InputError: if the model cannot be run, if it answers otherwise
                than its description says, or what it answers are no
                probabilities.
        """
        batches = [
            self._predict(rows[start : start + self.batch_size])
            for start in range(0, len(rows), self.batch_size)
        ]
        return {
            task: np.concatenate([batch[task] for batch in batches])
            for task in self.facts.tasks
        }

    def check(self, source):
        """Tries the model on two rows.

        Args:
            source: path of the model, for messages.

        Returns:
            this classifier.

        Raises:
            InputError: as of `predict`.
        """
        rows = np.zeros((2, PACKET_LENGTH), np.uint8)
        if self.facts.features:
            rows = np.zeros((2, len(self.facts.features)), np.float32)
        rows[1] = 1
        try:
            self.predict(rows)
        except InputError as error:
            raise InputError(f"{source}: {error}") from error
        return self

    def _predict(self, rows):
        """Classifies a batch."""
        try:
            return self._checked(self.function(rows), len(rows))
        except InputError:
            raise
        except Exception as error:  # a graph may do anything
            raise InputError(
                f"the model cannot be run: {first_line(error)}"
            ) from error

    def _checked(self, outputs, rows):
        """Returns the probabilities of a batch as float32 arrays."""
        if not isinstance(outputs, Mapping):
            raise InputError(
                f"the model has the outputs of type {type(outputs).__name__}, "
                "which have no names; expected those of "
                f"{sorted(self.facts.tasks)}"
            )
        received = sorted(outputs)
        if received != sorted(self.facts.tasks):
            raise InputError(
                f"the model has the tasks {reprlib.repr(received)}, but its "
                f"description {sorted(self.facts.tasks)}"
            )
        return {
            task: _probabilities(task, outputs[task], rows, len(class_names))
            for task, class_names in self.facts.tasks.items()
        }


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
        A `Classifier` of packets, or of records in the units of their table.

    Raises:
        InputError: if `path` is none of these, or cannot be loaded.
    """
    path = pathlib.Path(path)
    facts = read_model_facts(path)
    if (path / INFO_FILE).exists():
        run = load_run(path)
        function = serving_function(run.load_model(), run.load_scaler())
        return classifier_of(facts, function, path)
    folder = saved_model.find_version(path)
    function = saved_model.load_function(folder)
    return Classifier(
        facts, lambda rows: function(**facts.arguments(rows))
    ).check(folder)


def classifier_of(facts, function, source):
    """Puts a Keras model behind the call of a classifier, and tries it.

    Args:
        facts: `ModelFacts`.
        function: `tf.function`, what `serving_function` gives.
        source: path of the model, for messages.

    Returns:
        A `Classifier` as of `load_classifier`.

    Raises:
        InputError: if the model is not as described.
    """
    return Classifier(
        facts, lambda rows: function(*facts.arguments(rows).values())
    ).check(source)


def serving_function(model, scaler):
    """Gives a Keras model the signature that its exports have.

    Args:
        model: a Keras model with one named input and named outputs.
        scaler: None for a model of packets; for a model of records the
            `mtc_tf.features.scaler.Scaler` that its training flows were scaled
            with.

    Returns:
        `tf.function` of tensors, named and ordered as by
        `ModelFacts.arguments`: `packets`, uint8 `(batch, 1500)`, or a float32
        `(batch,)` for each feature. It is traced once, for batches of every
        size.
    """
    if scaler is None:
        return rows_function(model, PACKETS)
    return _record_function(model, scaler)


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

    name, symbol = _only_input(model)
    specification = tf.TensorSpec(symbol.shape, symbol.dtype, name=argument)

    @tf.function(input_signature=[specification])
    def probabilities(rows):
        return model({name: rows}, training=False)

    return probabilities


def _record_function(model, scaler):
    import tensorflow as tf

    from mtc_tf.layers.quantile_scaling import QuantileScaling

    name, _ = _only_input(model)
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


def _only_input(model):
    """Name and symbol of the one input that models of this package have."""
    inputs = model.input
    if not isinstance(inputs, Mapping) or len(inputs) != 1:
        raise InputError(
            "the model has other inputs than those of this package, which "
            f"have one of {', '.join(MODEL_INPUTS)}"
        )
    [(name, symbol)] = inputs.items()
    return name, symbol


def _probabilities(task, values, rows, classes):
    """Checks one output, and returns it as a float32 array."""
    values = np.asarray(values)
    if values.dtype.kind not in "fiu":
        raise InputError(
            f"the model's probabilities of {task} are of type {values.dtype}, "
            "which are no numbers"
        )
    if values.ndim != 2 or len(values) != rows:
        raise InputError(
            f"the model answers {rows} rows with probabilities of {task} of "
            f"shape {values.shape}; expected ({rows}, {classes})"
        )
    if values.shape[1] != classes:
        raise InputError(
            f"the model has {values.shape[1]} classes of {task}, but its "
            f"description {classes}"
        )
    if not np.isfinite(values).all():
        raise InputError(
            f"the model's probabilities of {task} are not numbers; its "
            "training diverged or its file is damaged"
        )
    if np.abs(values - 0.5).max() > 0.5 + _TOLERANCE:
        raise InputError(
            f"the model's probabilities of {task} are not between 0 and 1, "
            f"but from {values.min():g} to {values.max():g}"
        )
    sums = values.sum(axis=1, dtype=np.float64)
    if np.abs(sums - 1).max() > _TOLERANCE:
        worst = sums[np.abs(sums - 1).argmax()]
        raise InputError(
            f"the model's probabilities of {task} do not add up to 1, but to "
            f"{worst:g}"
        )
    return values.astype(np.float32, copy=False)
