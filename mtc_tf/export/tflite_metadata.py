"""The entry `TFLITE_METADATA`, by which other programs find labels.

It names inputs, outputs and the files that stand behind the model (see
`mtc_tf.inference.tflite_archive`). The format is metadata_schema.fbs of TFLite
Support, of which these are the numbers; the package that holds its code takes
hundreds of megabytes.
"""

import flatbuffers
import numpy as np

from mtc_tf.inference.tflite_archive import METADATA_FILE
from mtc_tf.inference.tflite_archive import label_file

_ENTRY, _IDENTIFIER = "TFLITE_METADATA", b"M001"
# Tables, each a dict from a field to its place.
_MODEL = {"name": 0, "subgraphs": 3, "files": 6, "min_parser_version": 7}
_SUBGRAPH = {"inputs": 2, "outputs": 3}
_TENSOR = {"name": 0, "files": 6}
_FILE = {"name": 0, "type": 2}
# How many fields a table has.
_SIZES = {"model": 8, "subgraph": 10, "tensor": 7, "file": 5}
# Of a file: what it holds.
_DESCRIPTION, _LABELS_OF_AXIS = 1, 2


def with_metadata(model, tasks):
    """Adds the entry to a model.

    Args:
        model: bytes of a TFLite model with one signature.
        tasks: dict from task name to list of class names.

    Returns:
        bytes of the model, which computes the same.
    """
    # Only what writes models needs them.
    from ai_edge_litert import schema_py_generated as schema
    from ai_edge_litert.tools import flatbuffer_utils

    content = flatbuffer_utils.read_model_from_bytearray(bytearray(model))
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(_metadata(content, tasks), np.uint8)
    content.buffers.append(buffer)
    entry = schema.MetadataT()
    entry.name, entry.buffer = _ENTRY, len(content.buffers) - 1
    content.metadata = [*(content.metadata or []), entry]
    return bytes(flatbuffer_utils.convert_object_to_bytearray(content))


def _metadata(content, tasks):
    """The entry itself, bytes."""
    [signature] = content.signatureDefs
    subgraph = content.subgraphs[signature.subgraphIndex]
    builder = flatbuffers.Builder()
    inputs, outputs = (
        [_tensor(builder, names[index], tasks) for index in indices]
        for names, indices in (
            (_names(signature.inputs), subgraph.inputs),
            (_names(signature.outputs), subgraph.outputs),
        )
    )
    fields = {
        "inputs": _vector(builder, inputs),
        "outputs": _vector(builder, outputs),
    }
    described = _table(builder, "subgraph", _SUBGRAPH, fields)
    fields = {
        "name": builder.CreateString("MTC"),
        "subgraphs": _vector(builder, [described]),
        "files": _vector(
            builder, [_file(builder, METADATA_FILE, _DESCRIPTION)]
        ),
        "min_parser_version": builder.CreateString("1.0.0"),
    }
    builder.Finish(_table(builder, "model", _MODEL, fields), _IDENTIFIER)
    return bytes(builder.Output())


def _names(tensors):
    """From the index of a tensor to its name in the signature."""
    return {tensor.tensorIndex: tensor.name.decode() for tensor in tensors}


def _tensor(builder, name, tasks):
    fields = {"name": builder.CreateString(name)}
    if name in tasks:
        file = _file(builder, label_file(name), _LABELS_OF_AXIS)
        fields["files"] = _vector(builder, [file])
    return _table(builder, "tensor", _TENSOR, fields)


def _file(builder, name, kind):
    name = builder.CreateString(name)
    builder.StartObject(_SIZES["file"])
    builder.PrependUOffsetTRelativeSlot(_FILE["name"], name, 0)
    builder.PrependInt8Slot(_FILE["type"], kind, 0)
    return builder.EndObject()


def _table(builder, name, places, fields):
    """Writes a table whose fields are written already."""
    builder.StartObject(_SIZES[name])
    for field, offset in fields.items():
        builder.PrependUOffsetTRelativeSlot(places[field], offset, 0)
    return builder.EndObject()


def _vector(builder, offsets):
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return builder.EndVector()
