"""Where a result comes from: what metrics and exports say about their run."""

from mtc_tf.errors import InputError
from mtc_tf.run_directory import INFO_FILE


def provenance(run):
    """Gathers the facts without which a figure or a model means nothing.

    Args:
        run: `mtc_tf.run_directory.Run`.

    Returns:
        dict that `json` can write: dataset, split and its seed, recipe,
        digests of label map and parts, the seed and the protocol of the
        training, the model's name and number of parameters, the versions of
        the packages that trained it.

    Raises:
        InputError: if `run.json` does not hold them.
    """
    try:
        dataset = run.info["dataset"]
        return {
            # Without the folder: it means something on one machine only.
            "dataset": {
                key: dataset[key] for key in ("name", "config", "version")
            },
            "split": run.info["split"],
            "seed": run.info["seed"],
            "recipe": run.info["recipe"],
            "label_map": run.info["label_map"],
            "digests": run.info["digests"],
            "training_seed": run.info["protocol"]["seed"],
            "protocol": run.info["protocol"],
            "model": _model_name(run.info["model"]),
            "parameters": run.info["parameters"],
            "versions": run.info["versions"],
        }
    except (KeyError, TypeError) as error:
        raise InputError(
            f"{run.path / INFO_FILE} does not describe a run: {error!r}"
        ) from error


def _model_name(model):
    """The name under which the model's figures may appear."""
    # Runs of earlier versions hold MTC and do not say so.
    kind = model.get("class", "MTC")
    if kind != "MTC":
        return kind
    backbone = model["backbone"]
    encoders = ",".join(map(str, backbone["num_encoders"]))
    if backbone["stem_strides"] == 1:
        return f"MTC, encoders {encoders}"
    return f"MTC-small, encoders {encoders}, stem {backbone['stem_strides']}"
