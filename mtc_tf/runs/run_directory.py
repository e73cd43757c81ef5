"""What a training run leaves on disk, and how to take it up.

flags.txt      the flags of the run, itself a flagfile
run.json       dataset, classes, recipe, digests, model, versions
sample.npz     real rows of the validation part, to prove exports
scaler.json    of records: their features, and what scales these
model.keras    the model of the epoch with the lowest validation loss
history.csv    losses and metrics of each epoch, and the seconds it took
checkpoint/    the state behind the last whole epoch
tensorboard/   the same figures for TensorBoard
metrics.json   what `mtc evaluate` found on the test part
answers.npz    the classes that the model answered there, and the true ones
confidence.json  what it found on the validation part: temperatures, and the
               scores of traffic that the model knows
classes.npz    where the classes of the training part lie in what heads read
cost.json      what an answer costs: operations, time
unknown_traffic.json  how well it finds an application that was left out
other_captures.json  what `mtc evaluate` found on captures of others
audit.json     what `mtc audit` found in the dataset
ablation.json  what `mtc ablate` found on the test part
explanation.json  what `mtc explain` found there
artefacts.json  what `mtc export` wrote last: sizes, differences from the model
report.html    all of this as a page; report_tables/ has its tables as CSV
.lock          locked while a training is at work here
"""

import dataclasses
import json
import pathlib

import numpy as np
from typing_extensions import TypedDict

from mtc_tf.errors import InputError
from mtc_tf.features.scaler import Scaler
from mtc_tf.files.array_files import read_rows
from mtc_tf.files.atomic import replacing
from mtc_tf.files.json_files import List
from mtc_tf.files.json_files import read_json
from mtc_tf.runs.confidence import CLASSES_FILE
from mtc_tf.runs.confidence import CONFIDENCE_FILE
from mtc_tf.runs.confidence import read_confidence
from mtc_tf.runs.model_facts import ModelDescription
from mtc_tf.runs.model_facts import ModelFacts
from mtc_tf.runs.model_facts import parse_model_facts

FLAGS_FILE = "flags.txt"
INFO_FILE = "run.json"
SAMPLE_FILE = "sample.npz"
SCALER_FILE = "scaler.json"
MODEL_FILE = "model.keras"
METRICS_FILE = "metrics.json"
ANSWERS_FILE = "answers.npz"
COST_FILE = "cost.json"
UNKNOWN_TRAFFIC_FILE = "unknown_traffic.json"
OTHER_CAPTURES_FILE = "other_captures.json"
AUDIT_FILE = "audit.json"
ABLATION_FILE = "ablation.json"
EXPLANATION_FILE = "explanation.json"
ARTEFACTS_FILE = "artefacts.json"
PAGE_FILE = "report.html"
HISTORY_FILE = "history.csv"
CHECKPOINT_FOLDER = "checkpoint"
TENSORBOARD_FOLDER = "tensorboard"


class _ScalerContent(TypedDict):
    """What `scaler.json` holds."""

    features: List[str]
    quantiles: List[List[float]]


@dataclasses.dataclass(frozen=True)
class Run:
    """A run directory that holds a trained model.

    Args:
        path: pathlib.Path of the directory.
        info: dict. The content of `run.json`, a `ModelDescription` at least.
        facts: `ModelFacts`, those in `info`.
    """

    path: pathlib.Path
    info: dict
    facts: ModelFacts

    def load_model(self):
        """Returns the Keras model of the best epoch."""
        from mtc_tf.models.loading import load_model

        return load_model(self.path / MODEL_FILE, compile=False)

    def load_sample(self):
        """Returns real rows of the validation part.

        uint8 `(rows, 1500)` of packets, float32 `(rows, packets, 68)` of
        flows, or float32 `(rows, features)` of records, in the units of the
        record table.
        """
        return read_rows(
            self.path / SAMPLE_FILE,
            "rows",
            self.facts.kind.dtype,
            self.facts.row_shape,
        )

    def load_confidence(self):
        """Returns the `Confidence` of the model, None if none was found yet."""
        return read_confidence(self.path, self.facts.tasks)

    def load_scaler(self):
        """Returns the `Scaler` of a model of records, None for packets."""
        if not self.facts.features:
            return None
        path = self.path / SCALER_FILE
        try:
            content = read_json(path, _ScalerContent)
        except FileNotFoundError:
            raise InputError(
                f"{self.path} holds a model of records, but no {SCALER_FILE}"
            ) from None
        scaler = Scaler(content["features"], content["quantiles"])
        if tuple(scaler.features) != self.facts.features:
            raise InputError(
                f"{path} has other features than {self.path / INFO_FILE}"
            )
        _check_quantiles(scaler, path)
        return scaler


def _check_quantiles(scaler, path):
    lengths = {len(quantiles) for quantiles in scaler.quantiles}
    if (
        len(scaler.quantiles) != len(scaler.features)
        or len(lengths) > 1
        or min(lengths) < 2
        or any(values != sorted(values) for values in scaler.quantiles)
    ):
        raise InputError(
            f"{path} is damaged: expected two or more ascending quantiles of "
            f"each of {len(scaler.features)} features, as many of each"
        )


def load_run(workdir):
    """Opens a run directory.

    Args:
        workdir: str or path. The directory given to `train.py --workdir`.

    Returns:
        A `Run`.

    Raises:
        InputError: if the directory holds no run, or one without a model, or
            its description is damaged or fits no model that this version
            knows.
    """
    path = pathlib.Path(workdir)
    if not path.is_dir():
        raise InputError(f"workdir {str(path)!r} is not a directory")
    info = path / INFO_FILE
    if not info.is_file():
        raise InputError(
            f"workdir {str(path)!r} holds no run: {INFO_FILE} is missing"
        )
    if not (path / MODEL_FILE).is_file():
        raise InputError(
            f"workdir {str(path)!r} holds no trained model: {MODEL_FILE} is "
            "missing; its training has not finished one epoch"
        )
    content = read_json(info, ModelDescription)
    if "seed" in content:  # of runs before version 0.2.0
        content.setdefault("split_seed", content.pop("seed"))
    return Run(path, content, parse_model_facts(content, info))


def load_metrics(workdir, schema):
    """Reads what `mtc evaluate` found on the test part.

    Args:
        workdir: `pathlib.Path` of a run directory.
        schema: type, as of `mtc_tf.files.json_files.read_json`. What of it the
            caller reads.

    Returns:
        dict.

    Raises:
        InputError: if the run was not evaluated, or the file is damaged or
            lacks something, as those of older versions may.
    """
    again = f"run `mtc evaluate --workdir={workdir}`"
    try:
        return read_json(workdir / METRICS_FILE, schema)
    except FileNotFoundError:
        raise InputError(
            f"{workdir} holds no figures: {METRICS_FILE} is missing; {again}"
        ) from None
    except InputError as error:
        raise InputError(f"{error}; {again} again") from error


def write_confidence(folder, confidence):
    """Writes a `Confidence` for `Run.load_confidence`; returns its path."""
    if confidence.classes:
        with replacing(folder / CLASSES_FILE) as temporary:
            np.savez_compressed(temporary, **confidence.arrays())
    path = folder / CONFIDENCE_FILE
    write_json(path, confidence.as_json())
    return path


def write_json(path, content):
    """Writes JSON so that a reader never sees half of it."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    with replacing(path) as temporary:
        try:
            temporary.write_text(f"{text}\n", "utf-8")
        except UnicodeEncodeError as error:
            start = text.rfind('"', 0, error.start)
            end = text.find('"', error.end) + 1
            raise InputError(
                f"{path} cannot be written: a name in it is not UTF-8: "
                f"{text[start:end]!a}"
            ) from error
