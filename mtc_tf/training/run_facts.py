"""What a run says of its beginning: data, model, protocol, versions."""

import dataclasses
import importlib.metadata
from typing import NotRequired

import keras
import numpy as np
from typing_extensions import TypedDict

from mtc_tf.errors import InputError
from mtc_tf.files.atomic import replacing
from mtc_tf.files.json_files import Object
from mtc_tf.files.json_files import read_json
from mtc_tf.runs import run_directory
from mtc_tf.runs.initial_model import initial_model
from mtc_tf.runs.run_directory import write_json

# Enough to prove an export on.
SAMPLE_ROWS = 64
_PACKAGE = "mtc-tf"
_VERSIONED_PACKAGES = {
    "tensorflow": ("tensorflow", "tensorflow-datasets"),
    "jax": ("jax", "jaxlib"),
}


def write_facts(workdir, source, model, classes, protocol):
    """Writes what does not change during a run, before it begins.

    Args:
        workdir: `pathlib.Path` of the run directory.
        source: `mtc_tf.data.prepared_dataset.PreparedDataset` or
            `mtc_tf.data.array_file.ArrayFile`.
        model: the Keras model that is trained.
        classes: dict from task name to list of class names.
        protocol: `Protocol`.
    """
    metadata = dict(source.metadata)
    del metadata["classes"]
    # Records are scaled in the dataset; its metadata tell how, and hold
    # some as they were before.
    scaler = metadata.pop("scaler", None)
    sample = metadata.pop("sample", None)
    if scaler:
        write_json(workdir / run_directory.SCALER_FILE, scaler)
    if sample is None:
        rows = source.first_rows("validation", SAMPLE_ROWS)
    else:
        rows = np.float32(sample)
    with replacing(workdir / run_directory.SAMPLE_FILE) as temporary:
        np.savez_compressed(temporary, rows=rows)
    write_json(
        workdir / run_directory.INFO_FILE,
        {
            "dataset": source.dataset,
            "tasks": classes,
            **metadata,
            "parameters": model.count_params(),
            "model": {"class": type(model).__name__, **model.get_config()},
            "protocol": dataclasses.asdict(protocol),
            **_initial(protocol),
            "backend": keras.backend.backend(),
            "versions": _versions(),
        },
    )


def _initial(protocol):
    """What the run began with, where that were no random weights."""
    if protocol.init is None:
        return {}
    return {"initial_model": initial_model(protocol.init).record()}


def _versions():
    """The versions of the packages that the figures may depend on."""
    packages = _VERSIONED_PACKAGES[keras.backend.backend()]
    return {
        package: importlib.metadata.version(package)
        for package in ("keras", _PACKAGE, "numpy", *packages)
    }


_Versions = TypedDict("_Versions", {_PACKAGE: str})


class _Begun(TypedDict):
    """What of `run.json` must not have changed."""

    digests: Object[str]
    versions: _Versions
    # Runs of earlier versions were all TensorFlow's.
    backend: NotRequired[str]


def check_same_beginning(workdir, source):
    """Refuses to go on with other rows, or in another order of them.

    Args:
        workdir: `pathlib.Path` of the run directory.
        source: as of `write_facts`.

    Raises:
        InputError: if another version began the run, or another backend, or
            on other rows.
    """
    begun = read_json(workdir / run_directory.INFO_FILE, _Begun)
    version = importlib.metadata.version(_PACKAGE)
    if version != begun["versions"][_PACKAGE]:
        raise InputError(
            f"the run in {workdir} was begun by {_PACKAGE} "
            f"{begun['versions'][_PACKAGE]}, and this is {version}: two "
            "versions may take the rows in another order; finish it with the "
            "version that began it, or give a new folder"
        )
    backend = begun.get("backend", "tensorflow")
    if backend != keras.backend.backend():
        raise InputError(
            f"the run in {workdir} was begun with --backend={backend}, which "
            "takes the rows in another order; finish it with that, or give a "
            f"new folder; received: --backend={keras.backend.backend()}"
        )
    digests = dict(source.metadata["digests"])
    expected = begun["digests"]
    if digests != expected:
        raise InputError(
            f"{source.name} holds other rows than the run in "
            f"{workdir} began with: digests expected {expected}, received "
            f"{digests}"
        )
