"""The SavedModel: for TensorFlow Serving, and for every TensorFlow API."""

import keras

from mtc_tf.classifier import packet_function
from mtc_tf.saved_model import SIGNATURE


def write_saved_model(model, folder):
    """Writes a Keras model with one signature, from packets to probabilities.

    Args:
        model: a Keras model with the input `packet` and named outputs.
        folder: `pathlib.Path` of the version folder to write.
    """
    function = packet_function(model)
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint(
        SIGNATURE, function, input_signature=list(function.input_signature)
    )
    archive.write_out(folder, verbose=False)
