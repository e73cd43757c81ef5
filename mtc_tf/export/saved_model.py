"""The SavedModel: for TensorFlow Serving, and for every TensorFlow API."""

import keras

from mtc_tf.inference.saved_model import SIGNATURE


def write_saved_model(model, function, folder):
    """Writes a Keras model with one signature.

    Args:
        model: a Keras model.
        function: `tf.function` of the model, what
            `mtc_tf.inference.keras_model.serving_function` gives.
        folder: `pathlib.Path` of the version folder to write.
    """
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint(
        SIGNATURE, function, input_signature=list(function.input_signature)
    )
    archive.write_out(folder, verbose=False)
