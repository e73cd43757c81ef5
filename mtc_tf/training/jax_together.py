"""Which models can be trained together, as one program."""

import dataclasses
import json
import re
import reprlib

from mtc_tf.errors import InputError

# What models that train together may differ in: it decides which rows they
# see, and not what is computed.
_OWN = ("seed", "flow_cap", "class_power")


def check_protocols(trainings):
    """Refuses protocols that differ in what is computed.

    Args:
        trainings: list of `mtc_tf.training.jax_run.Training`.

    Raises:
        InputError: if they do.
    """
    first, *others = [
        {
            name: value
            for name, value in dataclasses.asdict(training.protocol).items()
            if name not in _OWN
        }
        for training in trainings
    ]
    for training, other in zip(trainings[1:], others, strict=True):
        for name, value in first.items():
            if other[name] != value:
                raise InputError(
                    f"models that train together share --{name}: "
                    f"{trainings[0].workdir} has {value}, {training.workdir} "
                    f"has {other[name]}"
                )


def check_models(runs):
    """Refuses models that are not of one shape, or not trained alike.

    Args:
        runs: list of `mtc_tf.training.jax_run.JaxRun`.

    Raises:
        InputError: if there are such.
    """
    first = runs[0]
    expected = _shape(first)
    for run in runs[1:]:
        for name, value in _shape(run).items():
            if value != expected[name]:
                raise InputError(
                    f"models that train together have one shape; {name} of "
                    f"{first.workdir} and {run.workdir} differ: "
                    f"{reprlib.repr(expected[name])} and {reprlib.repr(value)}"
                )


def _shape(run):
    config = json.dumps(run.model.get_config(), default=str, sort_keys=True)
    return {
        "their classes": run.classes,
        "epochs and steps": (run.epochs, run.steps),
        "the sizes of the model": [
            variable.shape for variable in run.model.variables
        ],
        # Keras numbers the names of layers that have none.
        "the model": re.sub(r"_\d+", "", config),
        "--loss_weights": run.model.get_compile_config()["loss_weights"],
    }
