"""What a SavedModel may do when it is loaded and run.

A SavedModel is a program: TensorFlow executes what stands in its graph, and
among its operations are some that write files, start processes and open
connections. Here the graph is read, not loaded, and every operation has to be
one of those that the exports of this package are made of. A list of what is
allowed, not of what is forbidden: TensorFlow has some 1,400 operations and gets
new ones, a model needs fifty, and the preprocessing of frames ten more.
"""

from mtc_tf.errors import InputError
from mtc_tf.errors import first_line
from mtc_tf.files.json_files import read_bytes

# The full MTC takes 3 MB.
LIMIT_BYTES = 64 * 2**20

# They compute tensors from tensors, or read a variable of the model.
_COMPUTING = frozenset(
    """
    Abs Add AddN AddV2 All Any ArgMax AvgPool BatchMatMulV2 BatchMatMulV3
    BatchToSpaceND BiasAdd BitwiseAnd BroadcastArgs BroadcastTo Cast ConcatV2
    Const Conv2D Cumsum DecodePaddedRaw DepthwiseConv2dNative Einsum Elu Equal
    Erf Erfc Exp ExpandDims Fill Floor FloorDiv FloorMod FusedBatchNormV3 Gather
    GatherNd GatherV2 Greater GreaterEqual Identity IdentityN LeakyRelu Less
    LessEqual Log Log1p LogSoftmax LogicalAnd LogicalNot LogicalOr MatMul Max
    MaxPool MaxPoolV2 Maximum Mean Min Minimum Mul Neg NoOp NotEqual OneHot
    OnesLike Pack Pad PadV2 PartitionedCall Placeholder Pow Prod Range Rank
    ReadVariableOp RealDiv Reciprocal Relu Relu6 Reshape ResizeNearestNeighbor
    ReverseV2 Round Rsqrt ScatterNd Select SelectV2 Selu Shape Sigmoid Sign Size
    Slice Softmax Softplus SpaceToBatchND Split SplitV Sqrt Square
    SquaredDifference Squeeze StatefulPartitionedCall StatelessWhile
    StopGradient StridedSlice StringLength Sub Substr Sum Tanh Tile TopKV2
    Transpose Unique Unpack UnsortedSegmentSum Where ZerosLike _FusedMatMul
    """.split()
)
# The outermost graph makes the variables; TensorFlow Serving runs it.
_OUTERMOST = _COMPUTING | {
    "AssignVariableOp",
    "VarHandleOp",
    "VarIsInitializedOp",
}
# Every SavedModel has two functions that write its variables and read them.
_SAVING = _COMPUTING | {
    "AssignVariableOp",
    "DisableCopyOnRead",
    "MergeV2Checkpoints",
    "RestoreV2",
    "SaveV2",
    "ShardedFilename",
    "StaticRegexFullMatch",
    "StringJoin",
}


def check_graph(file):
    """Refuses a SavedModel that could touch more than its own tensors.

    Args:
        file: `pathlib.Path` of a `saved_model.pb`.

    Raises:
        InputError: if it holds another operation than exports of this package
            do, or writes files elsewhere than where every SavedModel does; if
            it is damaged.
    """
    graph = _parse(file)
    library = graph.graph_def.library.function
    savers = _savers(graph)
    called = _called_names(graph)
    if not savers.isdisjoint(called):
        raise InputError(
            f"{file.parent}: the SavedModel cannot be loaded: its functions "
            "that write and read files are called by others"
        )
    _check_nodes(file, graph.graph_def.node, _OUTERMOST)
    for function in library:
        is_saver = function.signature.name in savers
        _check_nodes(
            file, function.node_def, _SAVING if is_saver else _COMPUTING
        )


def _parse(file):
    """Reads the one graph of a SavedModel, without loading it."""
    from google.protobuf.message import DecodeError
    from tensorflow.core.protobuf import saved_model_pb2

    content = read_bytes(file, LIMIT_BYTES)
    try:
        parsed = saved_model_pb2.SavedModel.FromString(content)
    except DecodeError as error:
        raise InputError(
            f"{file.parent}: the SavedModel cannot be loaded: "
            f"{first_line(error)}"
        ) from error
    # Without an object graph TensorFlow loads in another way, and runs the
    # outermost graph.
    if len(parsed.meta_graphs) != 1 or not parsed.meta_graphs[0].HasField(
        "object_graph_def"
    ):
        raise InputError(
            f"{file.parent}: the SavedModel cannot be loaded: expected one "
            "graph with its objects, as TensorFlow 2 writes it"
        )
    return parsed.meta_graphs[0]


def _check_nodes(file, nodes, allowed):
    for node in nodes:
        if node.op not in allowed:
            raise InputError(
                f"{file.parent}: the SavedModel is not loaded: it holds the "
                f"operation {node.op!r}, which no export of this package has; "
                "it could touch files, processes or the network"
            )


def _savers(graph):
    """Names of the functions that the outermost graph saves and restores by."""
    saver = graph.saver_def
    nodes = {
        saver.save_tensor_name.partition(":")[0],
        saver.restore_op_name.partition(":")[0],
    }
    return {
        name
        for node in graph.graph_def.node
        if node.name in nodes
        for name in _names_in(node.attr)
    }


def _called_names(graph):
    """Names of all functions that loading the SavedModel and running it call.

    What TensorFlow 2 runs hangs on the graph of objects, not on the outermost
    graph.
    """
    objects = graph.object_graph_def
    names = set(objects.concrete_functions)
    for node in objects.nodes:
        names.update(node.function.concrete_functions)
        names.add(node.bare_concrete_function.concrete_function_name)
        names.add(node.captured_tensor.concrete_function)
    for function in graph.graph_def.library.function:
        names.update(_names_in(function.attr))
        for node in function.node_def:
            # A function can be called as if it were an operation.
            names.add(node.op)
            names.update(_names_in(node.attr))
    return names


def _names_in(attributes):
    """Yields the names of functions in the attributes of a node."""
    for value in attributes.values():
        functions = [value.func] if value.HasField("func") else value.list.func
        for function in functions:
            yield function.name
            yield from _names_in(function.attr)
