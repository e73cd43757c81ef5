"""The TFLite file: for phones, routers, and Python without TensorFlow."""

import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from mtc_tf.inference.saved_model import SIGNATURE


def write_tflite(saved_model, file):
    """Converts a SavedModel to float32 TFLite, with the same signature.

    Args:
        saved_model: `pathlib.Path` of the SavedModel's version folder.
        file: `pathlib.Path` to write.
    """
    # Not `from_concrete_functions`: what that writes may return NaN.
    converter = tf.lite.TFLiteConverter.from_saved_model(
        str(saved_model), signature_keys=[SIGNATURE]
    )
    file.write_bytes(converter.convert())


def load_tflite(file):
    """Loads a TFLite file in LiteRT, the runtime that users have.

    Args:
        file: `pathlib.Path`.

    Returns:
        callable. The arguments of the signature, by name -> dict from task
        name to array of probabilities `(batch, classes)`.
    """
    # The runner keeps its interpreter alive.
    return Interpreter(str(file)).get_signature_runner(SIGNATURE)
