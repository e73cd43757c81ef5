"""MTC: multi-task classification of encrypted network traffic in Keras.

The names below are what one needs to label traffic from Python:

    from mtc_tf import TrafficClassifier

    classifier = TrafficClassifier.load("OUT/model.tflite")
    frame = classifier.classify("capture.pcap", by="flow")
    print(frame[["source", "destination", "application"]].to_string())

`import mtc_tf` alone imports nothing else; a name imports its module when it is
first used.
"""

import importlib

# Where each name comes from.
_MODULES = {
    "MTC": "mtc_tf.models.mtc",
    "MTCBackbone": "mtc_tf.models.mtc_backbone",
    "PACKET_TASKS": "mtc_tf.tasks",
    "RECORD_TASKS": "mtc_tf.tasks",
    "CaptureReport": "mtc_tf.packets",
    "InputError": "mtc_tf.errors",
    "RowClassifier": "mtc_tf.inference.row_classifier",
    "TrafficClassifier": "mtc_tf.inference.traffic_classifier",
    "label_capture": "mtc_tf.inference.label_packets",
    "label_record_table": "mtc_tf.inference.label_records",
    "load_classifier": "mtc_tf.inference.stored_model",
    "load_packets": "mtc_tf.packets.load_packets",
    "preprocess_capture": "mtc_tf.packets",
    "read_capture": "mtc_tf.packets",
}

__all__ = ["__version__", *_MODULES]


def __getattr__(name):
    if name == "__version__":
        return _version()
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_MODULES[name]), name)
    # Next time it is found without this function.
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *__all__})


def _version():
    from importlib import metadata

    try:
        return metadata.version("mtc-tf")
    except metadata.PackageNotFoundError:
        return "of a source tree that is not installed"
