"""The SavedModel: for TensorFlow Serving, and for every TensorFlow API."""

import keras


def write_saved_model(model, signatures, folder):
    """Writes a Keras model with its signatures.

    Args:
        model: a Keras model.
        signatures: dict from name to `tf.function` of the model, such as
            `mtc_tf.inference.keras_model.serving_function` gives.
        folder: `pathlib.Path` of the version folder to write.
    """
    archive = keras.export.ExportArchive()
    archive.track(model)
    for name, function in signatures.items():
        function.get_concrete_function()  # Keras takes only what is traced
        archive.add_endpoint(name, function)
    archive.write_out(folder, verbose=False)
