"""Exports of linear models with random weights, made in seconds."""

import json

from small_models import linear_model
from small_record_tables import KEPT


def export_packets(folder):
    """Writes an export of a model of packets into a folder."""
    tasks = {"application": ["Chat", "Email", "VoIP"], "auxiliary": ["x", "y"]}
    _export(folder, "packet", 1500, None, {"tasks": tasks, "recipe": "strict"})


def export_records(folder):
    """Writes an export of a model of records into a folder."""
    from mtc_tf.features.scaler import Scaler

    tasks = {"attack": ["BENIGN", "DoS", "Bot"], "malicious": ["no", "yes"]}
    scaler = Scaler(tuple(KEPT), [[0.0, 1.0, 1e3, 1e6] for _ in KEPT])
    description = {"tasks": tasks, "recipe": "clean", "features": KEPT}
    _export(folder, "features", len(KEPT), scaler, description)


def _export(folder, input_name, length, scaler, description):
    import keras

    from mtc_tf.export.saved_model import write_saved_model
    from mtc_tf.export.tflite import tflite_model
    from mtc_tf.inference.keras_model import serving_function
    from mtc_tf.inference.saved_model import SIGNATURE

    keras.utils.set_random_seed(0)
    tasks = description["tasks"]
    classes = {task: len(names) for task, names in tasks.items()}
    model = linear_model(classes, input_name, length)
    signatures = {SIGNATURE: serving_function(model, scaler)}
    version = folder / "saved_model/1"
    write_saved_model(model, signatures, version)
    (folder / "model.tflite").write_bytes(tflite_model(version))
    (folder / "mtc.json").write_text(json.dumps(description))
