"""Requests that TensorFlow Serving runs before it lets others in.

VERSION/assets.extra/tf_serving_warmup_requests    TFRecord of `PredictionLog`
"""

import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2
from tensorflow_serving.apis import prediction_log_pb2

from mtc_tf.features.packet_series import GAP
from mtc_tf.features.packet_series import SERIES_BYTES
from mtc_tf.features.packet_series import SIZE
from mtc_tf.inference.saved_model import FRAMES_SIGNATURE
from mtc_tf.inference.saved_model import SIGNATURE

WARM_UP_FILE = "assets.extra/tf_serving_warmup_requests"
# As in `deploy/tensorflow_serving/models.config`; the server asks no more.
MODEL_NAME = "mtc"
# What a server sees most: one row, and a batch.
_ROWS = (1, 32)
# Rows begin with the IP header.
_RAW_IP = 101


def write_warm_up(folder, rows, facts):
    """Writes a few requests of real rows to each signature.

    Frames are made of rows, as packets without link header; so they lack what
    the preprocessing took.

    Args:
        folder: `pathlib.Path` of the SavedModel's version folder.
        rows: array `(rows, …)`, as of `mtc_tf.runs.run_directory.Run`.
        facts: `mtc_tf.runs.model_facts.ModelFacts`.
    """
    path = folder / WARM_UP_FILE
    path.parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for count in _ROWS:
            some = rows[:count]
            arguments = {SIGNATURE: facts.arguments(some)}
            if not facts.features:
                arguments[FRAMES_SIGNATURE] = frame_arguments(some)
            for signature, values in arguments.items():
                writer.write(_request(signature, values).SerializeToString())


def frame_arguments(rows):
    """Makes of rows what the signature `classify_frames` is asked.

    Args:
        rows: array of packets, uint8 `(rows, 1500)`, or of flows, float32
            `(rows, packets, 68)`.

    Returns:
        dict from argument to array.
    """
    link_types = np.full(len(rows), _RAW_IP, np.int32)
    if rows.ndim == 2:
        return {"frames": _as_strings(rows), "link_types": link_types}
    packets = rows[:, :, :SERIES_BYTES].astype(np.uint8)
    frames = _as_strings(packets.reshape(-1, SERIES_BYTES))
    frames[(rows[:, :, SIZE] == 0).ravel()] = b""
    return {
        "frames": frames.reshape(rows.shape[:2]),
        "link_types": link_types,
        "timestamps": np.cumsum(rows[:, :, GAP], axis=1, dtype=np.float64),
    }


def _as_strings(packets):
    return np.array([packet.tobytes() for packet in packets], object)


def _request(signature, arguments):
    request = predict_pb2.PredictRequest()
    request.model_spec.name = MODEL_NAME
    request.model_spec.signature_name = signature
    for name, values in arguments.items():
        request.inputs[name].CopyFrom(tf.make_tensor_proto(values))
    return prediction_log_pb2.PredictionLog(
        predict_log=prediction_log_pb2.PredictLog(request=request)
    )
