"""Devices and machines that train one model together.

A strategy of `tf.distribute` holds a copy of the model on each device, its
replicas. Each computes its share of a batch, and the gradients are averaged.
"""

import contextlib
import json
import os
import zlib
from typing import Literal

import numpy as np
import tensorflow as tf
from typing_extensions import TypedDict

from mtc_tf.errors import InputError
from mtc_tf.errors import first_line
from mtc_tf.files.json_files import List
from mtc_tf.files.json_files import Object
from mtc_tf.files.json_files import parse_json

_EXAMPLE = (
    '{"cluster": {"worker": ["host0:2222", "host1:2222"]}, '
    '"task": {"type": "worker", "index": 0}}'
)


class _Task(TypedDict):
    type: Literal["worker"]
    index: int


class _Cluster(TypedDict):
    """What the variable `TF_CONFIG` holds."""

    cluster: Object[List[str]]
    task: _Task


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


@contextlib.contextmanager
def reporting_lost_workers():
    """Says in one line that a worker was lost, in a `with` statement.

    Raises:
        InputError: if so, instead of what TensorFlow raises.
    """
    try:
        yield
    except (tf.errors.UnavailableError, tf.errors.AbortedError) as error:
        raise InputError(
            f"a worker was lost: {first_line(error)}; the same command on all "
            "workers goes on behind the last whole epoch"
        ) from error


def is_one_device(strategy):
    """Returns whether nothing is shared: `Model.fit` trains then."""
    return strategy is tf.distribute.get_strategy()


def writes_run(strategy):
    """Returns whether this process writes the run: of several the first."""
    resolver = strategy.cluster_resolver
    return resolver is None or not resolver.task_id


def check_agreement(strategy, facts):
    """Refuses workers that were started for different runs.

    All workers call this at the same point.

    Args:
        strategy: `tf.distribute.Strategy` of `make_strategy`.
        facts: dict from name to what should be the same on all workers,
            anything that JSON can hold. The names are the same on all.

    Raises:
        InputError: on every worker, if they differ in a fact.
    """
    if strategy.cluster_resolver is None:
        return
    texts = [json.dumps(fact, sort_keys=True) for fact in facts.values()]
    mine = tf.constant(
        [[zlib.crc32(text.encode()) for text in texts]], tf.int64
    )
    of_all = strategy.gather(strategy.run(lambda: mine), axis=0).numpy()
    differs = np.any(of_all != of_all[0], axis=0)
    names = [
        name for name, is_other in zip(facts, differs, strict=True) if is_other
    ]
    if names:
        raise InputError(f"the workers differ in {', '.join(names)}")


def _check_cluster():
    """Checks that `TF_CONFIG` names workers and this one among them."""
    text = os.environ.get("TF_CONFIG", "")
    try:
        config = parse_json(text, _Cluster, "TF_CONFIG")
        is_known = list(config["cluster"]) == ["worker"] and config["task"][
            "index"
        ] in range(len(config["cluster"]["worker"]))
    except InputError:
        is_known = False
    if not is_known:
        raise InputError(
            "--strategy=multiworker takes the workers from the variable "
            f"TF_CONFIG, such as {_EXAMPLE}; received: {text!r}"
        )
