"""What a page shows of `audit.json`."""

from typing import NotRequired

from typing_extensions import TypedDict

from mtc_tf.files.json_files import List
from mtc_tf.files.json_files import Object


class _Scores(TypedDict):
    macro_f1: float
    # Of rows that belong to flows.
    fw16: NotRequired[float]


class _Finding(TypedDict):
    text: str
    details: str
    remedy: str


class _Told(TypedDict):
    name: str
    test_share: float
    tasks: Object[_Scores]


class _Contradictions(TypedDict):
    test_rows: int


class _EqualRows(TypedDict):
    test_rows: int
    test_share: float
    other_label: Object[_Contradictions]


class _Shared(TypedDict):
    units: int
    shared: int
    test_rows: int
    test_share: float


class _Doubtful(TypedDict):
    capture: str
    label: str
    looks_like: str
    flows: int
    flows_in_doubt: int
    probability: float


class _Captures(TypedDict):
    judged: int
    doubtful: List[_Doubtful]


class Audit(TypedDict):
    """What of `audit.json` is shown."""

    dataset: str
    findings: List[_Finding]
    equal_rows: _EqualRows
    tells: List[_Told]
    baselines: Object[Object[_Scores]]
    shared: NotRequired[Object[_Shared]]
    captures: NotRequired[Object[_Captures]]
