"""How sure a run's model can be, and when it knows nothing: confidence.json.

Where the classes lie in what the model's heads read stands in classes.npz.
"""

import dataclasses
import itertools
from typing import NotRequired

import numpy as np
from typing_extensions import TypedDict

from mtc_tf.errors import InputError
from mtc_tf.files.array_files import read_rows
from mtc_tf.files.json_files import List
from mtc_tf.files.json_files import Object
from mtc_tf.files.json_files import read_json

CONFIDENCE_FILE = "confidence.json"
CLASSES_FILE = "classes.npz"
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
    """What `classes.npz` holds, each array once for each member."""

    members: int
    channels: int


class ConfidenceContent(TypedDict):
    """What `confidence.json` holds."""

    temperatures: Object[float]
    unknown: UnknownScore
    classes: NotRequired[_Classes]


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
            content["classes"] = {
                "members": len(self.classes),
                "channels": len(self.classes[0].whitening),
            }
        return content

    def arrays(self):
        """Returns what stands in `classes.npz`, a dict from name to array."""
        return {
            f"{name}{number}": array
            for number, known in enumerate(self.classes)
            for name, array in vars(known).items()
        }

    def unknown(self):
        """Returns what an export says of its output `unknown`."""
        return {
            "score": self.score,
            "task": self.task,
            "quantiles": self.quantiles,
        }


def read_confidence(folder, tasks):
    """Reads what `mtc evaluate` found on the validation part.

    Args:
        folder: `pathlib.Path` of the run directory.
        tasks: iterable of str. The tasks of the model.

    Returns:
        `Confidence`, or None if there is none.

    Raises:
        InputError: if it is damaged, or of another model.
    """
    path = folder / CONFIDENCE_FILE
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
        _read_classes(folder / CLASSES_FILE, content.get("classes")),
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


def _read_classes(path, content):
    if content is None:
        return ()

    channels = content["channels"]

    def read(name):
        return read_rows(path, name, "float32", (channels,))

    classes = tuple(
        ClassDistance(read(f"means{number}"), read(f"whitening{number}"))
        for number in range(content["members"])
    )
    for known in classes:
        if len(known.whitening) != channels:
            raise InputError(
                f"{path} is damaged: expected a whitening of {channels} "
                f"channels, received {len(known.whitening)}"
            )
    return classes
