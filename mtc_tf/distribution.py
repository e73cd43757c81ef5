"""Devices and machines that train one model together.

A strategy of `tf.distribute` holds a copy of the model on each device, its
replicas. Each computes its share of a batch, and the gradients are added up.
"""

import json
import os

import tensorflow as tf

from mtc_tf.errors import InputError

_EXAMPLE = (
    '{"cluster": {"worker": ["host0:2222", "host1:2222"]}, '
    '"task": {"type": "worker", "index": 0}}'
)


def make_strategy(name):
    """Makes a strategy. To be called before anything else asks TensorFlow.

    Args:
        name: str. `none`: one device; `mirrored`: all GPUs of this machine;
            `multiworker`: the processes that `TF_CONFIG` names, each of which
            waits here for the others.

    Returns:
        `tf.distribute.Strategy`.

    Raises:
        InputError: if `TF_CONFIG` does not say which processes there are, or
            this one cannot listen at its address.
    """
    if name == "mirrored":
        return tf.distribute.MirroredStrategy()
    if name == "multiworker":
        _check_cluster()
        try:
            return tf.distribute.MultiWorkerMirroredStrategy()
        except tf.errors.OpError as error:
            raise InputError(
                "the workers of TF_CONFIG did not come together: "
                f"{first_line(error)}"
            ) from error
    return tf.distribute.get_strategy()


def writes_run(strategy):
    """Returns whether this process writes the run: of several the first."""
    resolver = strategy.cluster_resolver
    return resolver is None or not resolver.task_id


def first_line(error):
    """Returns what a `tf.errors.OpError` says, without the graph behind it."""
    return (error.message or str(error)).strip().splitlines()[0]


def _check_cluster():
    """Checks that `TF_CONFIG` names workers and this one among them."""
    text = os.environ.get("TF_CONFIG", "")
    try:
        config = json.loads(text)
        task = config["task"]
        is_known = list(config["cluster"]) == [task["type"]] == [
            "worker"
        ] and task["index"] in range(len(config["cluster"]["worker"]))
    except (ValueError, KeyError, TypeError):
        is_known = False
    if not is_known:
        raise InputError(
            "--strategy=multiworker takes the workers from the variable "
            f"TF_CONFIG, such as {_EXAMPLE}; received: {text!r}"
        )
