"""The TFLite file: for phones, routers, and Python without TensorFlow."""

import tensorflow as tf

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
