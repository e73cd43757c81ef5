"""What a run directory holds of an evaluated run, as far as a page shows it."""

import csv
import dataclasses
import pathlib
from typing import NotRequired

from typing_extensions import TypedDict

from mtc_tf.errors import InputError
from mtc_tf.evaluation.page.ablated_inputs import AblatedInputs
from mtc_tf.evaluation.page.costs import Artefact
from mtc_tf.evaluation.page.costs import Cost
from mtc_tf.evaluation.page.other_networks import OtherCaptures
from mtc_tf.evaluation.page.shown_audit import Audit
from mtc_tf.evaluation.page.shown_metrics import Metrics
from mtc_tf.evaluation.page.unknowns import UnknownTraffic
from mtc_tf.evaluation.page.what_decides import Explanation
from mtc_tf.evaluation.run_labels import run_labels
from mtc_tf.files.json_files import List
from mtc_tf.files.json_files import Object
from mtc_tf.files.json_files import read_bytes
from mtc_tf.files.json_files import read_json
from mtc_tf.printable import printable
from mtc_tf.printable import printable_content
from mtc_tf.runs.confidence import Confidence
from mtc_tf.runs.confidence import read_confidence
from mtc_tf.runs.run_directory import ABLATION_FILE
from mtc_tf.runs.run_directory import ARTEFACTS_FILE
from mtc_tf.runs.run_directory import AUDIT_FILE
from mtc_tf.runs.run_directory import COST_FILE
from mtc_tf.runs.run_directory import EXPLANATION_FILE
from mtc_tf.runs.run_directory import FLAGS_FILE
from mtc_tf.runs.run_directory import HISTORY_FILE
from mtc_tf.runs.run_directory import INFO_FILE
from mtc_tf.runs.run_directory import MODEL_FILE
from mtc_tf.runs.run_directory import OTHER_CAPTURES_FILE
from mtc_tf.runs.run_directory import UNKNOWN_TRAFFIC_FILE
from mtc_tf.runs.run_directory import load_metrics

_MOST_BYTES = 2**20  # of flags and history: pages of text
# What commands find that need not have been run: file and content.
_FINDINGS = {
    "unknown_traffic": (UNKNOWN_TRAFFIC_FILE, UnknownTraffic),
    "cost": (COST_FILE, Cost),
    "other_captures": (OTHER_CAPTURES_FILE, OtherCaptures),
    "audit": (AUDIT_FILE, Audit),
    "ablation": (ABLATION_FILE, AblatedInputs),
    "explanation": (EXPLANATION_FILE, Explanation),
    "artefacts": (ARTEFACTS_FILE, Object[Artefact]),
}


class _Capture(TypedDict):
    capture: str
    read: int
    kept: int
    dropped: Object[int]


class _Report(TypedDict):
    captures: List[_Capture]
    classes: Object[Object[Object[int]]]


class _Info(TypedDict):
    """What of `run.json` is shown."""

    # Of packets and flows; that of records has other entries.
    report: NotRequired[_Report | Object[object]]
    # Of models of records, and of flows.
    features: NotRequired[List[str]]
    packets_per_flow: NotRequired[int]


@dataclasses.dataclass(frozen=True)
class EvaluatedRun:
    """A run and its figures.

    Args:
        label: str. What a page calls it.
        workdir: `pathlib.Path` of the run directory.
        metrics: dict, `Metrics`.
        info: dict. The content of `run.json`.
        history: list of dicts from the name of a figure to float, one for
            each epoch.
        flags: str. The content of `flags.txt`; empty without one.
        model_bytes: int. Size of the model's file; 0 where it is gone.
        confidence: `Confidence`, or None.

    The rest is what commands found, a dict as in their files, or None where
    they were not run.
    """

    label: str
    workdir: pathlib.Path
    metrics: dict
    info: dict
    history: list
    flags: str
    model_bytes: int
    confidence: Confidence | None
    unknown_traffic: dict | None
    cost: dict | None
    other_captures: dict | None
    audit: dict | None
    ablation: dict | None
    explanation: dict | None
    artefacts: dict | None


def read_runs(workdirs):
    """Reads evaluated runs.

    Args:
        workdirs: list of `pathlib.Path`.

    Returns:
        list of `EvaluatedRun`, all texts of which are as of `printable`. They
        are labelled by model and dataset, and by their folder where those are
        the same.

    Raises:
        InputError: if a directory holds no figures, or damaged files.
    """
    metrics = [
        printable_content(load_metrics(workdir, Metrics))
        for workdir in workdirs
    ]
    labels = map(printable, run_labels(workdirs, metrics))
    return [
        _read_run(*run) for run in zip(labels, workdirs, metrics, strict=True)
    ]


def _read_run(label, workdir, metrics):
    try:
        info = read_json(workdir / INFO_FILE, _Info)
    except FileNotFoundError:
        raise InputError(
            f"workdir {str(workdir)!r} holds no run: {INFO_FILE} is missing"
        ) from None
    model = workdir / MODEL_FILE
    return EvaluatedRun(
        label=label,
        workdir=workdir,
        metrics=metrics,
        info=printable_content(info),
        history=_history(workdir / HISTORY_FILE),
        flags=_text(workdir / FLAGS_FILE),
        model_bytes=model.stat().st_size if model.is_file() else 0,
        confidence=read_confidence(workdir, metrics["tasks"]),
        **{
            name: _optional(workdir / file, schema)
            for name, (file, schema) in _FINDINGS.items()
        },
    )


def _optional(path, schema):
    """What a command found that need not have been run."""
    try:
        return printable_content(read_json(path, schema))
    except FileNotFoundError:
        return None


def _history(path):
    rows = csv.DictReader(_text(path).splitlines())
    try:
        return [
            {printable(name): float(value) for name, value in row.items()}
            for row in rows
        ]
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{path} is damaged: expected a number in each place; {error}"
        ) from error


def _text(path):
    """A file of text, the lines of which are printable; empty without one."""
    try:
        content = read_bytes(path, _MOST_BYTES)
    except FileNotFoundError:
        return ""
    lines = content.decode(errors="backslashreplace").splitlines()
    return "\n".join(map(printable, lines))
