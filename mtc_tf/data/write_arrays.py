"""Writes a prepared dataset as one file of arrays."""

import json

import numpy as np

from mtc_tf.data import input_pipeline
from mtc_tf.data.array_file import DESCRIPTION
from mtc_tf.data.array_file import FLOW
from mtc_tf.data.array_file import Description
from mtc_tf.data.array_file import array_name
from mtc_tf.data.prepared_dataset import PreparedDataset
from mtc_tf.data.splits import PARTS
from mtc_tf.errors import InputError
from mtc_tf.files.atomic import replacing


def write_arrays(builder, path, *, width=None, fraction=1.0, compress=False):
    """Writes the input, the labels and the flows of all parts.

    Args:
        builder: a builder from `input_pipeline.load_builder`.
        path: `pathlib.Path` of the `.npz` file.
        width: int or None. Keep only the first values of each row.
        fraction: float. Share of each part to keep, its first rows on disk.
        compress: bool. Smaller, and slower to write and to read.

    Returns:
        dict from the name of a part to its number of rows.

    Raises:
        InputError: if the file cannot be written, or the rows are no longer
            than `width`.
    """
    source = PreparedDataset(builder)
    width = source.length if width is None else width
    if width > source.length:
        raise InputError(
            f"the rows of {source.name} have {source.length} values; received: "
            f"--width={width}"
        )
    has_flows = FLOW in builder.info.features
    description = Description(
        dataset=source.dataset,
        metadata=source.metadata,
        input=source.kind.name,
        length=source.length,
        width=width,
        fraction=fraction,
        has_flows=has_flows,
    )
    text = json.dumps(description, allow_nan=False).encode()
    arrays = {DESCRIPTION: np.frombuffer(text, np.uint8)}
    names = [source.kind.name, *source.metadata["classes"]]
    names += [FLOW] if has_flows else []
    for part in PARTS:
        columns = input_pipeline.read_columns(builder, part, names, fraction)
        columns[source.kind.name] = columns[source.kind.name][:, :width]
        for name, values in columns.items():
            arrays[array_name(part, name)] = values
    with replacing(path) as temporary, temporary.open("wb") as file:
        (np.savez_compressed if compress else np.savez)(file, **arrays)
    return {part: len(arrays[array_name(part, names[0])]) for part in PARTS}
