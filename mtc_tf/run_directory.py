"""What a training run leaves on disk, and how to take it up.

flags.txt      the flags of the run, itself a flagfile
run.json       dataset, classes, recipe, digests, model, versions
sample.npz     real rows of the validation part, to prove exports
scaler.json    of flows: their features, and what scales these
model.keras    the model of the epoch with the lowest validation loss
history.csv    losses and metrics of each epoch
checkpoint/    the state behind the last whole epoch
tensorboard/   the same figures for TensorBoard
metrics.json   what `mtc evaluate` found on the test part
"""

import dataclasses
import json
import pathlib

from mtc_tf.atomic import replacing
from mtc_tf.errors import InputError
from mtc_tf.scaler import Scaler

FLAGS_FILE = "flags.txt"
INFO_FILE = "run.json"
SAMPLE_FILE = "sample.npz"
SCALER_FILE = "scaler.json"
MODEL_FILE = "model.keras"
METRICS_FILE = "metrics.json"
HISTORY_FILE = "history.csv"
CHECKPOINT_FOLDER = "checkpoint"
TENSORBOARD_FOLDER = "tensorboard"


@dataclasses.dataclass(frozen=True)
class Run:
    """A run directory that holds a trained model.

    Args:
        path: pathlib.Path of the directory.
        info: dict. The content of `run.json`.
    """

    path: pathlib.Path
    info: dict

    def load_model(self):
        """Returns the Keras model of the best epoch."""
        from mtc_tf.models.loading import load_model

        return load_model(self.path / MODEL_FILE, compile=False)

    def load_sample(self):
        """Returns real rows of the validation part.

        uint8 `(rows, 1500)` of packets, or float32 `(rows, features)` of
        flows, in the units of the flow table.
        """
        import numpy as np

        path = self.path / SAMPLE_FILE
        try:
            with np.load(path) as arrays:
                return arrays["rows"]
        except (OSError, ValueError, KeyError) as error:
            raise InputError(f"{path} cannot be read: {error}") from error

    def load_scaler(self):
        """Returns the `Scaler` of a model of flows, or None."""
        path = self.path / SCALER_FILE
        if not path.exists():
            return None
        try:
            return Scaler(**json.loads(path.read_text("utf-8")))
        except (TypeError, ValueError) as error:
            raise InputError(f"{path} cannot be read: {error}") from error


def load_run(workdir):
    """Opens a run directory.

    Args:
        workdir: str or path. The directory given to `train.py --workdir`.

    Returns:
        A `Run`.

    Raises:
        InputError: if the directory holds no run, or one without a model.
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
    try:
        return Run(path, json.loads(info.read_text("utf-8")))
    except ValueError as error:
        raise InputError(f"{info} is not valid JSON: {error}") from error


def load_metrics(workdir):
    """Reads what `mtc evaluate` found on the test part.

    Args:
        workdir: `pathlib.Path` of a run directory.

    Returns:
        dict.

    Raises:
        InputError: if the run was not evaluated, or the file is damaged.
    """
    path = workdir / METRICS_FILE
    if not path.is_file():
        raise InputError(
            f"{workdir} holds no figures: {METRICS_FILE} is missing; run "
            f"`mtc evaluate --workdir={workdir}`"
        )
    try:
        return json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise InputError(f"{path} is not valid JSON: {error}") from error


def write_json(path, content):
    """Writes JSON so that a reader never sees half of it."""
    with replacing(path) as temporary:
        temporary.write_text(
            json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8"
        )
