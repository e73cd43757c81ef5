"""Smaller variants of a TFLite model, with its signature."""

import contextlib

from mtc_tf.errors import InputError
from mtc_tf.errors import first_line
from mtc_tf.extras import missing
from mtc_tf.inference.litert import ROWS_AT_ONCE
from mtc_tf.inference.saved_model import SIGNATURE
from mtc_tf.native_notes import silent_stderr

FLOAT16 = "float16"
DYNAMIC = "dynamic"
INT8 = "int8"
VARIANTS = (FLOAT16, DYNAMIC, INT8)
# More change nothing: of MTC-Lite 64 and 512 rows gave the same macro F1 to
# 0.3 points, once normalisation was computed in float32.
CALIBRATION_ROWS = 128
# What is in no layer of a model comes by its input, or goes to the score
# `unknown` and the temperatures. In their layers are header fields of up to 32
# bits and their bins, and quantiles of records. In 8 bits all these lose what
# they are for: MTC-Lite named two of three rows another application.
_LAYERS = "[^;/]+/[^;/]+/"
_STRETCHED = "header_fields|_bins|quantile_scaling"
_INTEGER_WEIGHTS = f"^(?!.*({_STRETCHED})){_LAYERS}"
# Nor have 8 bits steps enough for the variance that normalisation divides by
# (MTC-Lite lost 1.4 to 2.3 points of macro F1 with it, without 0.6 at most),
# for the -1e9 by which attention passes over packets that are not there, and
# for the mean of members' probabilities, which must add up to 1.
_IN_FLOAT = f"{_STRETCHED}|norm|SelectV2|Softmax|/stack|/Mean"
_INTEGER_VALUES = f"^(?!.*({_IN_FLOAT})){_LAYERS}"


def quantize(model, variant, arguments):
    """Makes a variant of a model.

    Args:
        model: bytes of a TFLite model in float32.
        variant: str, one of `VARIANTS`. `float16` keeps weights so and
            computes in float32; `dynamic` keeps weights in 8 bits, and
            rounds what it multiplies with them row by row; `int8` has both
            weights and values in 8 bits, in ranges that the arguments show.
        arguments: dict from argument to array `(rows, …)`: representative rows.

    Returns:
        bytes. Inputs and outputs have the types of the model's.

    Raises:
        InputError: if it cannot be made.
    """
    try:
        from ai_edge_quantizer.quantizer import Quantizer
    except ModuleNotFoundError as error:
        raise missing(f"a model in {variant}", error.name, "export") from error

    # It reports by `print`, and its progress to standard error.
    with contextlib.redirect_stdout(None), silent_stderr():
        try:
            quantizer = Quantizer(bytearray(model), _recipe(variant))
            ranges = None
            if quantizer.need_calibration:
                ranges = quantizer.calibrate({SIGNATURE: _parts(arguments)})
            return bytes(quantizer.quantize(ranges).quantized_model)
        except Exception as error:  # it refuses operations in many ways
            raise InputError(
                f"the model cannot be had in {variant}: {first_line(error)}"
            ) from error


def _recipe(variant):
    """Which operations are computed with what."""
    from ai_edge_quantizer import qtyping
    from ai_edge_quantizer.algorithm_manager import AlgorithmName
    from ai_edge_quantizer.recipe_manager import RecipeManager

    recipe, operations = RecipeManager(), qtyping.TFLOperationName
    if variant == FLOAT16:
        recipe.add_quantization_config(
            ".*",
            operations.ALL_SUPPORTED,
            qtyping.OpQuantizationConfig(
                weight_tensor_config=qtyping.TensorQuantizationConfig(
                    num_bits=16, dtype=qtyping.TensorDataType.FLOAT
                ),
                compute_precision=qtyping.ComputePrecision.FLOAT,
                explicit_dequantize=True,
            ),
            AlgorithmName.FLOAT_CASTING,
        )
    elif variant == DYNAMIC:
        recipe.add_dynamic_config(
            _INTEGER_WEIGHTS, operations.ALL_SUPPORTED, num_bits=8
        )
    else:
        recipe.add_static_config(
            _INTEGER_VALUES,
            operations.ALL_SUPPORTED,
            activation_num_bits=8,
            weight_num_bits=8,
        )
        # The signature keeps its types.
        for operation in (operations.INPUT, operations.OUTPUT):
            recipe.add_quantization_config(
                ".*", operation, algorithm_key=AlgorithmName.NO_QUANTIZE
            )
    return recipe.get_quantization_recipe()


def _parts(arguments):
    """The arguments of calls, few rows each: all values are kept meanwhile."""
    rows = min(len(next(iter(arguments.values()))), CALIBRATION_ROWS)
    return [
        {
            name: values[start : min(start + ROWS_AT_ONCE, rows)]
            for name, values in arguments.items()
        }
        for start in range(0, rows, ROWS_AT_ONCE)
    ]
