"""The TFLite files that `mtc export` writes, read and checked.

model.tflite    the model, and behind it what describes it
mtc.json        beside it, what describes a file of before version 0.2.0
"""

import dataclasses
import hashlib
import pathlib
from typing import NotRequired

from mtc_tf.errors import InputError
from mtc_tf.files.json_files import parse_json
from mtc_tf.files.json_files import read_bytes
from mtc_tf.files.json_files import read_json
from mtc_tf.inference.tflite_archive import METADATA_FILE
from mtc_tf.inference.tflite_archive import split
from mtc_tf.runs.model_facts import ModelDescription

SUFFIX = ".tflite"
# The full MTC takes 6.5 MB.
LIMIT_BYTES = 256 * 2**20


class Description(ModelDescription):
    """What `mtc.json` says of a TFLite model."""

    # Exports of before have none.
    tflite_sha256: NotRequired[str]


@dataclasses.dataclass(frozen=True)
class TFLiteFile:
    """A TFLite model and what describes it.

    Args:
        path: `pathlib.Path` of the file.
        model: bytes of the model alone.
        description: dict as of `Description`.
        described_by: str. What messages call the description.
    """

    path: pathlib.Path
    model: bytes
    description: dict
    described_by: str


def digest(model):
    """Returns the SHA-256 of a TFLite model, as `mtc.json` holds it.

    Args:
        model: bytes of the model, without what stands behind it.

    Returns:
        str, in hex.
    """
    return hashlib.sha256(model).hexdigest()


def read_tflite(path):
    """Reads a TFLite file with its description: in it, or else beside it.

    A damaged model can do anything when it is run: answer wrongly, or ask for
    all memory. Its digest tells; exports of before have none.

    Args:
        path: `pathlib.Path`.

    Returns:
        `TFLiteFile`.

    Raises:
        InputError: if the file cannot be read, nothing describes it, or it is
            not the model that is described.
    """
    try:
        content = read_bytes(path, LIMIT_BYTES)
    except FileNotFoundError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    model, metadata = split(content, path)
    if metadata is not None:
        described_by = f"{path}: {METADATA_FILE} in it"
        description = parse_json(metadata, Description, described_by)
        where = "in it"
    else:
        described_by = str(path.with_name(METADATA_FILE))
        description = _read_beside(path)
        where = "beside it"
    expected = description.get("tflite_sha256")
    if expected is not None and digest(model) != expected:
        raise InputError(
            f"{path}: not the file that {METADATA_FILE} {where} describes; it "
            "is damaged, or of another export"
        )
    return TFLiteFile(path, model, description, described_by)


def _read_beside(path):
    try:
        return read_json(path.with_name(METADATA_FILE), Description)
    except FileNotFoundError:
        raise InputError(
            f"{path}: nothing describes the model: {METADATA_FILE} is neither "
            "in it nor beside it; `mtc export` writes it"
        ) from None
