"""The TFLite model: for phones, routers, and Python without TensorFlow."""

import tensorflow as tf

from mtc_tf.inference.saved_model import SIGNATURE


def tflite_model(saved_model):
    """Converts a SavedModel to TFLite in float32, with the same signature.

    Args:
        saved_model: `pathlib.Path` of the SavedModel's version folder.

    Returns:
        bytes.
    """
    # Not `from_concrete_functions`: what that writes may return NaN.
    converter = tf.lite.TFLiteConverter.from_saved_model(
        str(saved_model), signature_keys=[SIGNATURE]
    )
    return converter.convert()
