"""The TFLite file: for phones, routers, and Python without TensorFlow."""

import tensorflow as tf

from mtc_tf.inference.saved_model import SIGNATURE


def write_tflite(saved_model, file, half=False):
    """Converts a SavedModel to TFLite, with the same signature.

    Args:
        saved_model: `pathlib.Path` of the SavedModel's version folder.
        file: `pathlib.Path` to write.
        half: bool. Whether its weights are kept in float16, which it computes
            with in float32.
    """
    # Not `from_concrete_functions`: what that writes may return NaN.
    converter = tf.lite.TFLiteConverter.from_saved_model(
        str(saved_model), signature_keys=[SIGNATURE]
    )
    if half:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
    file.write_bytes(converter.convert())
