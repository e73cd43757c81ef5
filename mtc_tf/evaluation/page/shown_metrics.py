"""What a page shows of `metrics.json`."""

from typing import NotRequired

from typing_extensions import TypedDict

from mtc_tf.files.json_files import List
from mtc_tf.files.json_files import Object


class _Averages(TypedDict):
    precision: float
    recall: float
    f1: float


class _Class(TypedDict):
    count: int
    precision: float | None
    recall: float | None
    f1: float | None


class _Figure(TypedDict):
    value: float
    interval: List[float] | None


class _Difference(TypedDict):
    difference: float
    interval: List[float] | None


class _Bin(TypedDict):
    share: float
    confidence: float
    accuracy: float


class _Reliability(TypedDict):
    ece: float
    bins: List[_Bin]


class _Part(TypedDict):
    before: _Reliability
    after: _Reliability


class _Calibration(TypedDict):
    temperature: float
    validation: _Part
    evaluated: _Part


class _Task(TypedDict):
    rows: int
    # Where no row has a label there is none of the rest.
    accuracy: NotRequired[float]
    macro: NotRequired[_Averages]
    weighted: NotRequired[_Averages]
    classes: NotRequired[Object[_Class]]
    classes_evaluated: NotRequired[List[str]]
    confusion_matrix: NotRequired[List[List[int]]]
    # Of what earlier versions evaluated there is none.
    figures: NotRequired[Object[_Figure]]
    flows: NotRequired[int]
    groups: NotRequired[int]
    interval_over: NotRequired[str]
    # Where shallow models were trained beside it.
    baselines: NotRequired[Object[Object[_Figure | float]]]
    best_baseline: NotRequired[str]
    against_best_baseline: NotRequired[Object[_Difference]]
    averaged: NotRequired[Object[_Figure]]
    averaged_against_trees: NotRequired[Object[_Difference]]
    calibration: NotRequired[_Calibration]
    # Of a run that was trained on shuffled labels.
    chance: NotRequired[float]


class _Dataset(TypedDict):
    name: str
    config: str
    version: str


class _LabelMap(TypedDict):
    version: str
    digest: str


class Metrics(TypedDict):
    """What of `metrics.json` is shown."""

    part: str
    dataset: _Dataset
    split: str
    split_seed: int
    recipe: str
    masks: NotRequired[List[str]]
    label_shuffle_seed: NotRequired[int]
    label_map: _LabelMap
    digests: Object[str]
    training_seed: int
    model: str
    parameters: int
    versions: Object[str]
    tasks: Object[_Task]
