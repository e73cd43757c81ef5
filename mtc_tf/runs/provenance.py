"""Where a result comes from: what metrics and exports say about their run."""

from typing import NotRequired

from typing_extensions import TypedDict

from mtc_tf.errors import InputError
from mtc_tf.files.json_files import List
from mtc_tf.files.json_files import Object
from mtc_tf.files.json_files import check_content
from mtc_tf.runs.run_directory import INFO_FILE

# What only some runs have: how the rows that they were trained on differ from
# those on disk, and what they began with instead of random weights.
_OF_SOME = ("masks", "label_shuffle_seed", "initial_model")

# Models that are several networks, and their names.
_WITH_MEMBERS = {"MTCLite": "MTC-Lite", "MTCSeries": "MTC-Series"}


class _Dataset(TypedDict):
    name: str
    config: str
    version: str
    data_dir: str


class _LabelMap(TypedDict):
    version: str
    digest: str


class _Backbone(TypedDict):
    num_encoders: List[int]
    stem_strides: int


_Model = TypedDict(
    "_Model",
    {
        "class": NotRequired[str],
        "backbone": NotRequired[_Backbone],
        "batch_norm": NotRequired[bool],
        "members": NotRequired[int],
    },
)


class _Protocol(TypedDict):
    seed: int


class Origin(TypedDict):
    """What `run.json` says of where its model comes from."""

    dataset: _Dataset
    split: str
    split_seed: int
    recipe: str
    label_map: _LabelMap
    digests: Object[str]
    protocol: _Protocol
    model: _Model
    parameters: int
    versions: Object[str]


def provenance(run):
    """Gathers the facts without which a figure or a model means nothing.

    Args:
        run: `mtc_tf.runs.run_directory.Run`.

    Returns:
        dict that `json` can write: dataset, split and its seed, recipe,
        digests of label map and parts, the `masks` and the
        `label_shuffle_seed` of the training and the `initial_model` if there
        were any, its seed and protocol, the model's name and number of
        parameters, the versions of the packages that trained it.

    Raises:
        InputError: if `run.json` does not hold them all, or others.
    """
    source = run.path / INFO_FILE
    check_content(run.info, Origin, source)
    dataset = run.info["dataset"]
    return {
        # Without the folder: it means something on one machine only.
        "dataset": {key: dataset[key] for key in ("name", "config", "version")},
        "split": run.info["split"],
        "split_seed": run.info["split_seed"],
        "recipe": run.info["recipe"],
        "label_map": run.info["label_map"],
        "digests": run.info["digests"],
        **{fact: run.info[fact] for fact in _OF_SOME if fact in run.info},
        "training_seed": run.info["protocol"]["seed"],
        "protocol": run.info["protocol"],
        "model": _model_name(run.info["model"], source),
        "parameters": run.info["parameters"],
        "versions": run.info["versions"],
    }


def _model_name(model, source):
    """The name under which the model's figures may appear."""
    # Runs of earlier versions hold MTC and do not say so.
    kind = model.get("class", "MTC")
    # The first is a class of versions before 0.2.0.
    if kind == "MultitaskCNN" or (
        kind == "DeepPacketCNN" and model.get("batch_norm")
    ):
        return "Multi-task 1D-CNN"
    if kind in _WITH_MEMBERS:
        return _name_with_members(kind, model, source)
    if kind != "MTC":
        return kind
    if "backbone" not in model:
        raise InputError(f"{source} lacks 'model.backbone' of its MTC")
    backbone = model["backbone"]
    encoders = ",".join(map(str, backbone["num_encoders"]))
    if backbone["stem_strides"] == 1:
        return f"MTC, encoders {encoders}"
    return f"MTC-small, encoders {encoders}, stem {backbone['stem_strides']}"


def _name_with_members(kind, model, source):
    if "members" not in model:
        raise InputError(f"{source} lacks 'model.members' of its {kind}")
    if model["members"] == 1:
        return _WITH_MEMBERS[kind]
    return f"{_WITH_MEMBERS[kind]}, {model['members']} members"
