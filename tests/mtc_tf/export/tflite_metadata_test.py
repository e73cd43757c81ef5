import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from flatbuffers.table import Table

from mtc_tf.export.tflite_metadata import with_metadata
from mtc_tf.inference.litert import load_function
from mtc_tf.inference.tflite_file import read_tflite
from mtc_tf.runs.run_directory import load_run


@pytest.fixture(scope="module")
def model(exported_left_out_run):
    return read_tflite(exported_left_out_run / "model.tflite").model


def _entries(model):
    """From the name of an entry to its content."""
    content = schema.Model.GetRootAsModel(model, 0)
    entries = [content.Metadata(i) for i in range(content.MetadataLength())]
    return {
        entry.Name(): content.Buffers(entry.Buffer()).DataAsNumpy().tobytes()
        for entry in entries
    }


class _Fields:
    """Reads a table by the places that metadata_schema.fbs gives fields."""

    def __init__(self, content, place):
        self._table = Table(content, place)

    def _offset(self, field):
        return self._table.Offset(4 + 2 * field)

    def text(self, field):
        start = self._offset(field) + self._table.Pos
        return self._table.String(start).decode()

    def number(self, field):
        start = self._offset(field) + self._table.Pos
        return self._table.Get(flatbuffers.number_types.Int8Flags, start)

    def tables(self, field):
        offset = self._offset(field)
        if not offset:
            return []
        start = self._table.Vector(offset)
        return [
            _Fields(self._table.Bytes, self._table.Indirect(start + 4 * i))
            for i in range(self._table.VectorLen(offset))
        ]


def test_entry_names_tensors_and_files(model):
    """Tables and fields as the code of MediaPipe for the schema reads them."""
    content = _entries(model)[b"TFLITE_METADATA"]
    assert content[4:8] == b"M001"
    start = int.from_bytes(content[:4], "little")
    root = _Fields(content, start)
    # Of the model: 0 name, 3 subgraphs, 6 files, 7 least version of a parser.
    assert (root.text(0), root.text(7)) == ("MTC", "1.0.0")
    # Of a file: 0 name, 2 type; 1 is a description, 2 labels of an axis.
    [file] = root.tables(6)
    assert (file.text(0), file.number(2)) == ("mtc.json", 1)
    # Of a subgraph: 2 inputs, 3 outputs. Of a tensor: 0 name, 6 files.
    [subgraph] = root.tables(3)
    assert [tensor.text(0) for tensor in subgraph.tables(2)] == ["packets"]
    outputs = {
        tensor.text(0): [(x.text(0), x.number(2)) for x in tensor.tables(6)]
        for tensor in subgraph.tables(3)
    }
    assert outputs == {
        "application": [("application.txt", 2)],
        "traffic_type": [("traffic_type.txt", 2)],
        "unknown": [],
    }


def test_outputs_are_named_in_the_order_of_the_model(model):
    content = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(model, 0))
    [signature] = content.signatureDefs
    names = {x.tensorIndex: x.name.decode() for x in signature.outputs}
    expected = [names[index] for index in content.subgraphs[0].outputs]
    entry = _entries(model)[b"TFLITE_METADATA"]
    start = int.from_bytes(entry[:4], "little")
    [subgraph] = _Fields(entry, start).tables(3)
    assert [tensor.text(0) for tensor in subgraph.tables(3)] == expected


def test_model_computes_the_same(model, left_out_run):
    rows = load_run(left_out_run).load_sample()
    again = with_metadata(model, {})
    assert set(_entries(again)) == set(_entries(model))
    expected = load_function(model, "before")(packets=rows)
    for name, values in load_function(again, "after")(packets=rows).items():
        np.testing.assert_array_equal(values, expected[name])
