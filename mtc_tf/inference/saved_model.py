"""The SavedModel that `mtc export` writes: where it lies, how it loads.

VERSION/saved_model.pb, variables/    what TensorFlow Serving wants
VERSION/assets.extra/mtc.json         classes, recipe, and where it comes from
"""

from mtc_tf.errors import InputError
from mtc_tf.errors import first_line
from mtc_tf.files.json_files import read_json
from mtc_tf.inference.graph_check import check_graph
from mtc_tf.runs.model_facts import ModelDescription

FOLDER = "saved_model"
MODEL_FILE = "saved_model.pb"
# TensorFlow leaves the files in this folder of a SavedModel alone.
METADATA_FILE = "assets.extra/mtc.json"
SIGNATURE = "serving_default"
# Captured frames in, names of classes out: `mtc_tf/export/frame_signature.py`.
FRAMES_SIGNATURE = "classify_frames"


def find_version(path):
    """Finds the SavedModel behind what a user named.

    Args:
        path: `pathlib.Path`. The output of `mtc export`, its folder
            `saved_model`, or a version folder in that.

    Returns:
        `pathlib.Path` of the version folder; of several the highest, which
        is the one that TensorFlow Serving serves. None if there is none.
    """
    for folder in (path, path / FOLDER):
        if (folder / MODEL_FILE).exists():
            return folder
        versions = [
            int(file.parent.name)
            for file in folder.glob(f"*/{MODEL_FILE}")
            if file.parent.name.isdecimal()
        ]
        if versions:
            return folder / str(max(versions))
    return None


def read_metadata(folder):
    """Reads the classes and the recipe that stand beside a SavedModel.

    Args:
        folder: `pathlib.Path` of the version folder.

    Returns:
        dict as of `ModelDescription`.

    Raises:
        InputError: if they are missing, or not what they should be.
    """
    try:
        return read_json(folder / METADATA_FILE, ModelDescription)
    except FileNotFoundError:
        raise InputError(
            f"{folder}: a SavedModel that `mtc export` did not write: "
            f"{METADATA_FILE} is missing"
        ) from None


def load_function(folder):
    """Loads the serving signature of a SavedModel.

    Args:
        folder: `pathlib.Path` of the version folder.

    Returns:
        callable. The arguments of the signature, by name -> dict from task
        name to tensor of probabilities `(batch, classes)`.

    Raises:
        InputError: if the SavedModel is damaged, or holds operations that no
            export of this package has.
    """
    import tensorflow as tf

    check_graph(folder / MODEL_FILE)
    try:
        model = tf.saved_model.load(str(folder))
    except Exception as error:  # damaged files end in errors of many kinds
        raise InputError(
            f"{folder}: the SavedModel cannot be loaded: {first_line(error)}"
        ) from error
    if SIGNATURE not in model.signatures:
        raise InputError(
            f"{folder}: the SavedModel has no signature {SIGNATURE!r}; it has "
            f"{sorted(model.signatures)}"
        )

    def probabilities(**arguments):
        # By way of the model, to keep it alive: a signature alone does not
        # hold the variables that it reads.
        signature = model.signatures[SIGNATURE]
        return signature(
            **{
                name: tf.convert_to_tensor(values)
                for name, values in arguments.items()
            }
        )

    return probabilities
