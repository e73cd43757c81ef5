import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from mtc_tf.export.warm_up import WARM_UP_FILE
from mtc_tf.export.warm_up import frame_arguments
from mtc_tf.runs.run_directory import load_run


@pytest.fixture(scope="module")
def requests(exported_run):
    path = exported_run / "saved_model/1" / WARM_UP_FILE
    return [
        prediction_log_pb2.PredictionLog.FromString(record.numpy())
        for record in tf.data.TFRecordDataset(str(path))
    ]


def test_both_signatures_are_asked_for_one_row_and_for_many(requests):
    asked = [log.predict_log.request.model_spec for log in requests]
    assert {spec.name for spec in asked} == {"mtc"}
    signatures = [spec.signature_name for spec in asked]
    assert signatures == ["serving_default", "classify_frames"] * 2


def test_requests_are_answered(requests, exported_run):
    model = tf.saved_model.load(str(exported_run / "saved_model/1"))
    reasons = []
    for log in requests:
        request = log.predict_log.request
        outputs = model.signatures[request.model_spec.signature_name](
            **{
                name: tf.constant(tf.make_ndarray(value))
                for name, value in request.inputs.items()
            }
        )
        assert outputs["application"].shape[0] > 0
        if "reason" in outputs:
            reasons += outputs["reason"].numpy().tolist()
    # The model runs for most of the frames.
    assert reasons.count(b"kept") > len(reasons) / 2


def test_rows_are_those_of_the_validation_part(requests, trained_run):
    rows = load_run(trained_run).load_sample()
    first = requests[0].predict_log.request.inputs["packets"]
    np.testing.assert_array_equal(tf.make_ndarray(first), rows[:1])


def test_frames_of_flows():
    series = np.zeros((1, 3, 68), np.float32)
    series[0, :2, 0] = 0x45
    series[0, :2, 64] = 60
    series[0, 1, 66] = 0.25
    arguments = frame_arguments(series)
    packet = b"\x45" + bytes(63)
    assert arguments["frames"].tolist() == [[packet, packet, b""]]
    assert arguments["link_types"].tolist() == [101]
    assert arguments["timestamps"].tolist() == [[0.0, 0.25, 0.25]]
