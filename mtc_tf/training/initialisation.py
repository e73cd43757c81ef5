"""Trained weights as the beginning of another training."""

import json
import re
import reprlib

from mtc_tf.errors import InputError
from mtc_tf.models.head_reader import head_layers
from mtc_tf.models.loading import load_model

# What of a model's arguments its weights do not depend on.
_FREE = re.compile(
    "name|trainable|num_classes|.*dropout|pretrain_.*|sparsity"
).fullmatch


def initialise(model, source, classes, initial):
    """Gives a model the weights of another one.

    All weights are taken over, those that are not trained too: what lies
    behind the bins of header fields was learned with these bins. Left as they
    are: heads of tasks that the other model has not, or with other classes.

    Args:
        model: Keras model of the package.
        source: as of `mtc_tf.training.beginning.weights_of_tasks`.
        classes: dict from task name to list of class names, those of `model`.
        initial: `mtc_tf.runs.initial_model.InitialModel`.

    Returns:
        list of str, the tasks whose heads are new.

    Raises:
        InputError: if the other model reads other rows than the dataset holds,
            is of another class or other sizes, or cannot be loaded.
    """
    _check_rows(source, initial)
    trained = load_model(initial.weights, compile=False)
    _check_model(model, trained, initial)
    new = [
        task
        for task, names in classes.items()
        if initial.facts.tasks.get(task) != names
    ]
    new_heads = {
        layer.name for task in new for layer in head_layers(model, task)
    }
    for layer in model.layers:
        if layer.weights and layer.name not in new_heads:
            layer.set_weights(trained.get_layer(layer.name).get_weights())
    return new


def report(initial, source, new):
    """Prints what a training begins with.

    Args:
        initial: `mtc_tf.runs.initial_model.InitialModel`.
        source: as of `initialise`.
        new: list of str, as `initialise` returns it.
    """
    heads = f"new heads: {', '.join(new)}" if new else "no head is new"
    print(f"begins with the weights of {initial.name}; {heads}")
    if (
        initial.dataset == source.dataset["name"]
        and dict(source.metadata["digests"]) != initial.digests
    ):
        print(
            f"{initial.name} was trained on other parts of {initial.dataset}: "
            "it may have seen rows that validate and test this run"
        )


def _check_rows(source, initial):
    """Refuses weights that were learned on rows of another preprocessing."""
    facts, metadata = initial.facts, source.metadata
    compared = {
        "input": (facts.kind.name, source.kind.name),
        "recipe": (facts.recipe, metadata["recipe"]),
        "masks": (sorted(facts.masks), sorted(metadata.get("masks", ()))),
        "features": (list(facts.features), list(metadata.get("features", ()))),
    }
    for fact, (expected, received) in compared.items():
        if expected != received:
            raise InputError(
                f"--init={initial.name} is a model of other rows than "
                f"{source.name} holds: {fact} expected "
                f"{reprlib.repr(expected)}, received {reprlib.repr(received)}"
            )


def _check_model(model, trained, initial):
    """Refuses weights that mean something else in the new model."""
    described = {task: len(x) for task, x in initial.facts.tasks.items()}
    arguments = _arguments(trained)
    for name, wanted in _arguments(model).items():
        if arguments.get(name) != wanted:
            raise InputError(
                f"--init={initial.name} is another model than this training "
                f"makes: {name} {arguments.get(name)!r}, not {wanted!r}"
            )
    if trained.num_classes != described:
        raise InputError(
            f"{initial.weights} is not the model that is described beside it: "
            f"classes expected {described}, received {trained.num_classes}"
        )


def _arguments(model):
    """What weights of a model depend on: its class, and its arguments."""
    # As JSON, where a tuple is a list, as of a model that was loaded.
    config = json.loads(json.dumps(model.get_config()))
    config |= config.pop("backbone", {})
    return {
        "class": type(model).__name__,
        **{name: x for name, x in config.items() if not _FREE(name)},
    }
