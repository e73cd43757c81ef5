"""The operations that an answer of a model takes."""

import contextlib
import logging

from mtc_tf.inference.keras_model import rows_function

# Of these the profiler counts the body once, however often it is run.
_LOOPS = {"While", "StatelessWhile", "LoopCond"}


def flops(model):
    """Counts the floating-point operations of an answer to one row.

    Args:
        model: a Keras model of packets, flows or records.

    Returns:
        int, as TensorFlow's profiler counts them: a product and a sum are two.
        None of a model that loops, as recurrent ones do: they are not counted.
    """
    import tensorflow as tf
    from tensorflow.python.framework import convert_to_constants

    function = rows_function(model).python_function
    [symbol] = model.input.values()
    one = tf.TensorSpec((1, *symbol.shape[1:]), symbol.dtype)
    traced = tf.function(function).get_concrete_function(one)
    frozen = convert_to_constants.convert_variables_to_constants_v2(traced)
    if any(node.type in _LOOPS for node in frozen.graph.get_operations()):
        return None
    options = tf.compat.v1.profiler.ProfileOptionBuilder
    options = options(options.float_operation()).with_empty_output().build()
    with _without_warnings():
        counted = tf.compat.v1.profiler.profile(frozen.graph, options=options)
    return counted.total_float_ops


@contextlib.contextmanager
def _without_warnings():
    """Keeps to itself that the profiler is one of TensorFlow 1."""
    logger = logging.getLogger("tensorflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
