"""A trained model behind one call: packets in, named probabilities out.

The model of a run directory and an exported SavedModel look the same from
here on. Evaluation, classification and the check of an export share it.
"""

import dataclasses
import pathlib
from collections.abc import Callable

import numpy as np

from mtc_tf import saved_model
from mtc_tf.errors import InputError
from mtc_tf.packets import MASKS
from mtc_tf.packets import PACKET_LENGTH
from mtc_tf.packets import RECIPES
from mtc_tf.run_directory import INFO_FILE
from mtc_tf.run_directory import load_run

# Bounds the memory: inside the full model a row takes several megabytes.
BATCH_SIZE = 128


@dataclasses.dataclass(frozen=True)
class Classifier:
    """A trained model with what it takes to feed it and to read it.

    Args:
        tasks: dict from task name to list of class names.
        recipe: str. The recipe that its packets were preprocessed with.
        masks: tuple of str. The fields that were set to zero on top.
        function: callable. uint8 `(batch, 1500)` -> dict from task name to
            tensor of probabilities `(batch, classes)`.
    """

    tasks: dict
    recipe: str
    masks: tuple
    function: Callable

    def predict(self, packets):
        """Classifies any number of packets in bounded memory.

        Args:
            packets: uint8 array or tensor of shape `(packets, 1500)`, at
                least one packet.

        Returns:
            dict from task name to float32 array `(packets, classes)`.

        Raises:
            InputError: if the model does not have the tasks and classes of
                its description, or a probability is not a number.
        """
        batches = [
            self.function(packets[start : start + BATCH_SIZE])
            for start in range(0, len(packets), BATCH_SIZE)
        ]
        if sorted(batches[0]) != sorted(self.tasks):
            raise InputError(
                f"the model has the tasks {sorted(batches[0])}, but its "
                f"description {sorted(self.tasks)}"
            )
        probabilities = {
            task: np.concatenate([batch[task] for batch in batches])
            for task in self.tasks
        }
        for task, class_names in self.tasks.items():
            _check_probabilities(task, class_names, probabilities[task])
        return probabilities


def load_classifier(path):
    """Opens a run directory or an exported SavedModel.

    Args:
        path: str or path. A run directory, the output of `python -m export`,
            its `saved_model` folder, or a version folder in that.

    Returns:
        A `Classifier`.

    Raises:
        InputError: if `path` is none of these, or cannot be loaded.
    """
    path = pathlib.Path(path)
    if (path / INFO_FILE).exists():
        return run_classifier(load_run(path))
    folder = saved_model.find_version(path)
    if folder is None:
        raise InputError(
            f"model {str(path)!r} is neither a run directory (no {INFO_FILE}) "
            "nor an exported SavedModel (no saved_model.pb)"
        )
    tasks, recipe, masks = model_facts(
        saved_model.read_metadata(folder), folder / saved_model.METADATA_FILE
    )
    return Classifier(tasks, recipe, masks, saved_model.load_function(folder))


def run_classifier(run):
    """Gives the Keras model of a run as a `Classifier`.

    Args:
        run: `mtc_tf.run_directory.Run`.

    Returns:
        A `Classifier`.

    Raises:
        InputError: if the run does not describe its model, or if the model
            cannot be loaded.
    """
    tasks, recipe, masks = model_facts(run.info, run.path / INFO_FILE)
    return Classifier(tasks, recipe, masks, packet_function(run.load_model()))


def packet_function(model):
    """Gives a Keras model the signature that its exports have.

    Args:
        model: a Keras model with the input `packet` and named outputs.

    Returns:
        `tf.function` of one tensor, `packets`: uint8 `(batch, 1500)`. It is
        traced once, for batches of every size.
    """
    import tensorflow as tf

    packets = tf.TensorSpec((None, PACKET_LENGTH), tf.uint8, name="packets")

    @tf.function(input_signature=[packets])
    def probabilities(packets):
        return model({"packet": packets}, training=False)

    return probabilities


def model_facts(facts, source):
    """Picks out what a `Classifier` must know of its model.

    Args:
        facts: dict. The content of `run.json` or `mtc.json`.
        source: path of that file, for messages.

    Returns:
        tuple of tasks, recipe and masks, as `Classifier` takes them.

    Raises:
        InputError: if something is missing, or unknown to this version.
    """
    try:
        tasks = {task: list(names) for task, names in facts["tasks"].items()}
        recipe, masks = facts["recipe"], tuple(facts.get("masks", ()))
    except (AttributeError, KeyError, TypeError) as error:
        raise InputError(
            f"{source} does not describe a model: {error!r}"
        ) from error
    if recipe not in RECIPES or not set(masks) <= set(MASKS):
        raise InputError(
            f"{source} names a preprocessing that this version does not know: "
            f"recipe {recipe!r}, masks {list(masks)}"
        )
    return tasks, recipe, masks


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
