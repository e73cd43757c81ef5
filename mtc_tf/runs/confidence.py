"""How sure a run's model can be, and when it knows nothing: confidence.json."""

import dataclasses
import itertools
from typing import NotRequired

import numpy as np
from typing_extensions import TypedDict

from mtc_tf.errors import InputError
from mtc_tf.files.json_files import List
from mtc_tf.files.json_files import Object
from mtc_tf.files.json_files import read_json

CONFIDENCE_FILE = "confidence.json"
# Name of the output, and what rejected rows are answered with.
UNKNOWN = "unknown"
# What a row of an answer may stand for.
ROW, FLOW = "row", "flow"


class UnknownScore(TypedDict):
    """What `confidence.json` and `mtc.json` say of the output `unknown`.

    `score` is one of `mtc_tf.inference.unknown_scores.SCORES`, `task` what its
    head answers. `quantiles` are those of rows and of flows of the validation
    part, which the model knows, evenly spaced from the lowest to the highest.
    """

    score: str
    task: str
    quantiles: Object[List[float]]


class _Classes(TypedDict):
    means: List[List[float]]
    whitening: List[List[float]]


class ConfidenceContent(TypedDict):
    """What `confidence.json` holds."""

    temperatures: Object[float]
    unknown: UnknownScore
    classes: NotRequired[List[_Classes]]


@dataclasses.dataclass(frozen=True)
class ClassDistance:
    """Where the classes lie in the features that a head reads.

    Args:
        means: float32 array `(classes, channels)`, of the classes that have
            rows.
        whitening: float32 array `(channels, channels)`. What takes features to
            where they vary alike, and each by itself, within classes.
    """

    means: np.ndarray
    whitening: np.ndarray


@dataclasses.dataclass(frozen=True)
class Confidence:
    """What a model's answers need to be taken at their word.

    Args:
        temperatures: dict from task name to float, what divides its logits.
        score: str. Name of the score that is the output `unknown`.
        task: str. The task whose head it looks at.
        quantiles: dict from `row` and `flow` to list of float, as of
            `UnknownScore`; of records without `flow`.
        classes: list of `ClassDistance`, one for each member; empty where the
            score needs none.
    """

    temperatures: dict
    score: str
    task: str
    quantiles: dict
    classes: tuple = ()

    def as_json(self):
        """Returns what stands in `confidence.json`."""
        content = {
            "temperatures": self.temperatures,
            "unknown": self.unknown(),
        }
        if self.classes:
            content["classes"] = [
                {
                    "means": known.means.astype(float).tolist(),
                    "whitening": known.whitening.astype(float).tolist(),
                }
                for known in self.classes
            ]
        return content

    def unknown(self):
        """Returns what an export says of its output `unknown`."""
        return {
            "score": self.score,
            "task": self.task,
            "quantiles": self.quantiles,
        }


def read_confidence(path, tasks):
    """Reads what `mtc evaluate` found on the validation part.

    Args:
        path: `pathlib.Path` of `confidence.json`.
        tasks: iterable of str. The tasks of the model.

    Returns:
        `Confidence`, or None if there is no such file.

    Raises:
        InputError: if it is damaged, or of another model.
    """
    try:
        content = read_json(path, ConfidenceContent)
    except FileNotFoundError:
        return None
    unknown = content["unknown"]
    check_quantiles(unknown["quantiles"], path)
    temperatures = content["temperatures"]
    if sorted(temperatures) != sorted(tasks) or unknown["task"] not in tasks:
        raise InputError(
            f"{path} is damaged: expected the tasks {sorted(tasks)}, received "
            f"{sorted(temperatures)}"
        )
    if not all(value > 0 for value in temperatures.values()):
        raise InputError(
            f"{path} is damaged: expected temperatures above 0, received "
            f"{temperatures}"
        )
    return Confidence(
        temperatures,
        unknown["score"],
        unknown["task"],
        unknown["quantiles"],
        tuple(_classes(known, path) for known in content.get("classes", ())),
    )


def check_quantiles(quantiles, source):
    """Refuses quantiles of the score `unknown` that are none.

    Args:
        quantiles: dict as of `UnknownScore`.
        source: path of the file that holds them, for messages.

    Raises:
        InputError: if there are none of rows, others than of rows and flows,
            or they do not ascend.
    """
    if not {ROW} <= set(quantiles) <= {ROW, FLOW} or any(
        len(values) < 2
        or any(low > high for low, high in itertools.pairwise(values))
        for values in quantiles.values()
    ):
        raise InputError(
            f"{source} is damaged: expected two or more ascending quantiles "
            f"of rows, and maybe of flows, as those of {UNKNOWN!r}"
        )


def threshold(quantiles, rate):
    """Finds the score above which a share of known traffic lies, at most.

    Args:
        quantiles: list of float, evenly spaced from the lowest to the highest.
        rate: float above 0 and below 1. The share. Finer steps than those of
            the quantiles are rounded down.

    Returns:
        float.
    """
    steps = len(quantiles) - 1
    # A little less, for rounding: (1 - 0.05) * 100 is above 95.
    return quantiles[int(np.ceil((1 - rate) * steps - 1e-6))]


def _classes(known, path):
    means = _matrix(known["means"], path)
    whitening = _matrix(known["whitening"], path)
    if whitening.shape != (means.shape[1],) * 2:
        raise InputError(
            f"{path} is damaged: expected a whitening of {means.shape[1]} "
            f"channels, received {whitening.shape}"
        )
    return ClassDistance(means, whitening)


def _matrix(rows, path):
    if not rows or len(set(map(len, rows))) > 1 or not rows[0]:
        raise InputError(
            f"{path} is damaged: expected classes with rows of one length"
        )
    return np.array(rows, np.float32)
