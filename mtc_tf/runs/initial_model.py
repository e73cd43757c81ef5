"""The model that a training begins with: its weights, and what they are of."""

import dataclasses
import hashlib
import pathlib
from typing import NotRequired

from typing_extensions import TypedDict

from mtc_tf.errors import InputError
from mtc_tf.files.json_files import Object
from mtc_tf.files.json_files import read_json
from mtc_tf.files.shipped import shipped_model
from mtc_tf.runs.model_facts import ModelDescription
from mtc_tf.runs.model_facts import ModelFacts
from mtc_tf.runs.model_facts import parse_model_facts
from mtc_tf.runs.run_directory import INFO_FILE
from mtc_tf.runs.run_directory import MODEL_FILE

# Stands for the model that comes with the package.
LAB = "lab"
# What says of a `.keras` file beside it what it is of: that of a run, and that
# of a model without its run.
_DESCRIPTIONS = (INFO_FILE, "mtc.json")


class _Dataset(TypedDict):
    name: str


class _Description(ModelDescription):
    dataset: NotRequired[_Dataset]
    digests: NotRequired[Object[str]]


@dataclasses.dataclass(frozen=True)
class InitialModel:
    """A trained model, not loaded yet.

    Args:
        name: str. What it was asked for by.
        weights: `pathlib.Path` of its `.keras` file.
        facts: `ModelFacts`.
        dataset: str. Name of the dataset that it was trained on, empty where
            nothing says so.
        digests: dict from part to the digest of its rows in that dataset.
    """

    name: str
    weights: pathlib.Path
    facts: ModelFacts
    dataset: str = ""
    digests: dict = dataclasses.field(default_factory=dict)

    def record(self):
        """Returns what `run.json` says of it: name and SHA-256 of the file."""
        digest = hashlib.sha256(self.weights.read_bytes()).hexdigest()
        return {"name": self.name, "sha256": digest}


def initial_model(name):
    """Finds a model to begin with.

    Args:
        name: str. `lab`, the model that comes with the package; a run
            directory; or a `.keras` file beside its `run.json` or `mtc.json`.

    Returns:
        `InitialModel`.

    Raises:
        InputError: if there is none, or nothing beside it that describes it.
    """
    path = pathlib.Path(name).expanduser()
    if name == LAB:
        path = shipped_model()
        if not path.is_dir():
            raise InputError(
                f"--init={LAB}: this version of mtc_tf comes without a model; "
                "give the directory of a run"
            )
    weights = path if path.is_file() else path / MODEL_FILE
    if not weights.is_file():
        raise InputError(
            f"--init takes {LAB}, a run directory or a .keras file; received: "
            f"--init={name}, and {weights} is missing"
        )
    for description in _DESCRIPTIONS:
        source = weights.parent / description
        try:
            content = read_json(source, _Description)
        except FileNotFoundError:
            continue
        return InitialModel(
            name,
            weights,
            parse_model_facts(content, source),
            content.get("dataset", {}).get("name", ""),
            content.get("digests", {}),
        )
    raise InputError(
        f"--init={name}: expected {' or '.join(_DESCRIPTIONS)} beside "
        f"{weights}, to know its classes; there is neither"
    )
