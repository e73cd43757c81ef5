"""The TFLite files of an export: float32, and what is smaller.

Each holds what describes it, so that one file is enough to classify with.
"""

from mtc_tf.errors import InputError
from mtc_tf.export.macro_f1 import MAX_F1_LOSS
from mtc_tf.export.parity import ParityError
from mtc_tf.export.quantization import VARIANTS
from mtc_tf.export.quantization import quantize
from mtc_tf.export.tflite_metadata import with_metadata
from mtc_tf.inference.litert import MODEL_FILE
from mtc_tf.inference.tflite_archive import with_description
from mtc_tf.inference.tflite_file import digest

FLOAT32 = "float32"
FILES = {
    FLOAT32: MODEL_FILE,
    **{variant: f"model_{variant}.tflite" for variant in VARIANTS},
}


def write_variants(folder, model, trial, metadata, max_f1_loss=MAX_F1_LOSS):
    """Writes a TFLite model, and those of its variants that are good enough.

    Args:
        folder: `pathlib.Path` of the export.
        model: bytes of the model in float32.
        trial: `mtc_tf.export.trial.Trial`.
        metadata: dict, what describes the model.
        max_f1_loss: float. The most points of macro F1 that a variant may lose.

    Returns:
        tuple of a dict from the name of each file to its figures, as of
        `Trial.figures` with its `bytes` and the `sha256` of its model, and a
        list of str, a line for each variant that was not written.

    Raises:
        InputError: if a file cannot be written.
    """
    exact = with_metadata(model, metadata["tasks"])
    figures = {MODEL_FILE: trial.figures(exact, MODEL_FILE)}
    models, notes = {MODEL_FILE: exact}, []
    for variant in VARIANTS:
        name = FILES[variant]
        try:
            own = quantize(model, variant, trial.representative())
            own = with_metadata(own, metadata["tasks"])
            found = trial.figures(own, name)
            _check_loss(variant, found, max_f1_loss)
        except (InputError, ParityError) as error:
            notes.append(f"{name} is not written: {error}")
            continue
        models[name], figures[name] = own, found
    for name, own in models.items():
        description = {
            **metadata,
            "tflite_sha256": digest(own),
            "parity": {name: figures[name]["differences"]},
        }
        content = with_description(own, description)
        (folder / name).write_bytes(content)
        figures[name]["bytes"] = len(content)
        figures[name]["sha256"] = description["tflite_sha256"]
    return figures, notes


def _check_loss(variant, figures, max_f1_loss):
    lost = figures.get("macro_f1_lost", {})
    task = max(lost, key=lost.get, default=None)
    if task is not None and lost[task] > max_f1_loss:
        raise InputError(
            f"{variant} loses {lost[task]:.2f} points of macro F1 of {task} on "
            f"{figures['rows']} rows of the validation part; at most "
            f"{max_f1_loss:g} are allowed by --max_f1_loss"
        )
