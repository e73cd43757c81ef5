import shutil

import pytest
from small_models import small_mtc
from tensorflow.core.protobuf import saved_model_pb2

from mtc_tf.errors import InputError
from mtc_tf.inference import graph_check
from mtc_tf.inference import saved_model
from mtc_tf.inference.graph_check import check_graph

SAVE = "__inference__traced_save_1"
RESTORE = "__inference__traced_restore_2"


def _function(graph, name, *operations):
    function = graph.graph_def.library.function.add()
    function.signature.name = name
    for operation in operations:
        function.node_def.add(name=operation, op=operation)
    return function


def _call(nodes, name, function):
    node = nodes.add(name=name, op="StatefulPartitionedCall")
    node.attr["f"].func.name = function
    return node


def _graph():
    """What every export has, in small."""
    model = saved_model_pb2.SavedModel()
    graph = model.meta_graphs.add()
    nodes = graph.graph_def.node
    nodes.add(name="x", op="Placeholder")
    nodes.add(name="v", op="VarHandleOp")
    _call(nodes, "call", "signature")
    _call(nodes, "save", SAVE)
    _call(nodes, "restore", RESTORE)
    graph.saver_def.save_tensor_name = "save:0"
    graph.saver_def.restore_op_name = "restore"
    _function(graph, SAVE, "SaveV2", "MergeV2Checkpoints", "ShardedFilename")
    _function(graph, RESTORE, "RestoreV2", "AssignVariableOp")
    _call(_function(graph, "signature").node_def, "inner", "model")
    _function(graph, "model", "MatMul", "Softmax", "ReadVariableOp")
    graph.object_graph_def.concrete_functions["signature"].SetInParent()
    return model, graph


def _file(tmp_path, model):
    path = tmp_path / "saved_model.pb"
    path.write_bytes(model.SerializeToString())
    return path


def test_graph_of_an_export(tmp_path):
    model, _ = _graph()
    check_graph(_file(tmp_path, model))


def test_real_exports(exported_run, exported_record_run):
    for export in (exported_run, exported_record_run):
        check_graph(export / "saved_model/1/saved_model.pb")


@pytest.mark.parametrize(
    "operation",
    ["WriteFile", "ReadFile", "PyFunc", "EagerPyFunc", "PrintV2", "SaveV2"]
    + ["RestoreV2", "MatchingFiles", "DebugIdentityV2", "Send", "OfAnother"]
    + ["IteratorGetNext", "VarHandleOp", "While"],
)
def test_operation_in_what_is_run(operation, tmp_path):
    model, graph = _graph()
    _function(graph, "deep", "MatMul", operation)
    with pytest.raises(InputError, match=f"the operation '{operation}', whi"):
        check_graph(_file(tmp_path, model))


@pytest.mark.parametrize("operation", ["WriteFile", "SaveV2", "PyFunc"])
def test_operation_in_the_outermost_graph(operation, tmp_path):
    model, graph = _graph()
    graph.graph_def.node.add(name="init", op=operation)
    with pytest.raises(InputError, match=f"the operation '{operation}', whi"):
        check_graph(_file(tmp_path, model))


@pytest.mark.parametrize("function", [SAVE, RESTORE])
def test_operation_in_what_saves(function, tmp_path):
    model, graph = _graph()
    for each in graph.graph_def.library.function:
        if each.signature.name == function:
            each.node_def.add(name="w", op="WriteFile")
    with pytest.raises(InputError, match="the operation 'WriteFile'"):
        check_graph(_file(tmp_path, model))


def _as_attribute(graph):
    _call(_function(graph, "evil").node_def, "w", SAVE)


def _in_a_list(graph):
    node = _function(graph, "evil").node_def.add(name="w", op="NoOp")
    node.attr["branches"].list.func.add(name="model")
    node.attr["branches"].list.func.add(name=SAVE)


def _within_an_attribute(graph):
    node = _call(_function(graph, "evil").node_def, "w", "model")
    node.attr["f"].func.attr["g"].func.name = SAVE


def _as_an_operation(graph):
    _function(graph, "evil", SAVE)


def _as_a_function_of_an_object(graph):
    node = graph.object_graph_def.nodes.add()
    node.function.concrete_functions.append(RESTORE)


def _as_a_bare_function(graph):
    node = graph.object_graph_def.nodes.add()
    node.bare_concrete_function.concrete_function_name = SAVE


def _as_a_concrete_function(graph):
    graph.object_graph_def.concrete_functions[SAVE].SetInParent()


def _as_a_capture(graph):
    node = graph.object_graph_def.nodes.add()
    node.captured_tensor.concrete_function = SAVE


@pytest.mark.parametrize(
    "call",
    [
        _as_attribute,
        _in_a_list,
        _within_an_attribute,
        _as_an_operation,
        _as_a_function_of_an_object,
        _as_a_bare_function,
        _as_a_concrete_function,
        _as_a_capture,
    ],
)
def test_what_saves_is_called_by_what_is_run(call, tmp_path):
    model, graph = _graph()
    call(graph)
    with pytest.raises(InputError, match="are called by others"):
        check_graph(_file(tmp_path, model))


def test_graph_without_objects(tmp_path):
    model, graph = _graph()
    graph.ClearField("object_graph_def")
    with pytest.raises(InputError, match="one graph with its objects"):
        check_graph(_file(tmp_path, model))


def test_two_graphs(tmp_path):
    model, graph = _graph()
    model.meta_graphs.add().CopyFrom(graph)
    with pytest.raises(InputError, match="one graph with its objects"):
        check_graph(_file(tmp_path, model))


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff" * 99])
def test_file_that_holds_no_graph(content, tmp_path):
    path = tmp_path / "saved_model.pb"
    path.write_bytes(content)
    with pytest.raises(InputError, match="the SavedModel cannot be loaded"):
        check_graph(path)


def test_file_that_is_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(graph_check, "LIMIT_BYTES", 10)
    with pytest.raises(InputError, match="saved_model.pb cannot be read"):
        check_graph(_file(tmp_path, _graph()[0]))


def test_writing_model_is_not_loaded(tmp_path):
    import tensorflow as tf

    class Writer(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None, 1500), tf.uint8)])
        def write(self, packets):
            tf.io.write_file(str(tmp_path / "written"), "x")
            return {"application": tf.cast(packets, tf.float32)}

    writer = Writer()
    tf.saved_model.save(
        writer, tmp_path / "1", {"serving_default": writer.write}
    )
    with pytest.raises(InputError, match="the operation 'WriteFile'"):
        saved_model.load_function(tmp_path / "1")
    assert not (tmp_path / "written").exists()


def _models():
    from mtc_tf.models import all_models as models

    packets, flows = {"application": 3, "auxiliary": 2}, {"attack": 3}
    transformer = {"num_tokens": 30, "hidden_dim": 50, "num_encoders": 1}
    return {
        "MTC": lambda: small_mtc(packets, "packet", 1500),
        "MTCLite": lambda: models.MTCLite(packets, "packet", 1500, members=2),
        "MTCSeries": lambda: models.MTCSeries(packets, members=2),
        "TSCRNN": lambda: models.TSCRNN(packets),
        "CNNGRU": lambda: models.CNNGRU(packets),
        "MTC of flows": lambda: small_mtc(flows, "features", 5),
        "MultitaskTransformer": lambda: models.MultitaskTransformer(
            packets, "packet", 1500, **transformer
        ),
        "Multi-task 1D-CNN": lambda: models.DeepPacketCNN(
            packets, "packet", 1500, batch_norm=True
        ),
        "DeepPacketCNN": lambda: models.DeepPacketCNN(packets, "packet", 1500),
        "DeepPacketSAE": lambda: models.DeepPacketSAE(packets, "packet", 1500),
        "FlowMLP": lambda: models.FlowMLP(flows, "features", 5),
        "FlowDBN": lambda: models.FlowDBN(flows, "features", 5),
        "FlowLSTM": lambda: models.FlowLSTM(flows, "features", 5),
        "FlowCNNLSTM": lambda: models.FlowCNNLSTM(flows, "features", 5),
        "FlowAEDNN": lambda: models.FlowAEDNN(flows, "features", 5),
    }


def test_list_of_models_is_whole():
    from mtc_tf.models import all_models

    variants = {"MTC of flows", "Multi-task 1D-CNN"}
    assert set(_models()) - variants == set(all_models.__all__)


@pytest.mark.slow
@pytest.mark.parametrize("name", _models())
def test_every_model_is_made_of_what_is_allowed(name, tmp_path):
    from mtc_tf.features.scaler import Scaler
    from mtc_tf.inference.keras_model import serving_function

    model = _models()[name]()
    scaler = None
    if "features" in model.input:
        scaler = Scaler([f"x{i}" for i in range(5)], [[0.0, 1.0]] * 5)
    function = serving_function(model, scaler).get_concrete_function()
    content, graph = _graph()
    # As an export: the traced graph is the body of a function.
    body = _function(graph, "traced")
    body.node_def.extend(function.graph.as_graph_def().node)
    graph.graph_def.library.function.extend(
        function.graph.as_graph_def().library.function
    )
    check_graph(_file(tmp_path, content))


def test_damaged_export_is_named(exported_run, tmp_path):
    shutil.copytree(exported_run / "saved_model/1", tmp_path / "1")
    path = tmp_path / "1/saved_model.pb"
    content = path.read_bytes()
    for length in (1000, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(InputError, match="cannot be loaded") as caught:
            saved_model.load_function(tmp_path / "1")
        assert str(caught.value).isprintable()
