"""The SavedModel without Python: by TensorFlow's C API."""

import json
import pathlib
import shutil
import subprocess

import numpy as np
import pytest
import tensorflow as tf

from mtc_tf.export.warm_up import WARM_UP_FILE

PROJECT = pathlib.Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("gcc") is None, reason="there is no C compiler"
    ),
]


@pytest.fixture(scope="module")
def replay(tmp_path_factory):
    program = tmp_path_factory.mktemp("c") / "replay"
    subprocess.run(
        ["make", "replay", f"REPLAY={program}"],
        cwd=PROJECT,
        check=True,
        capture_output=True,
    )

    def run(folder):
        return subprocess.run(
            [program, folder], capture_output=True, text=True, timeout=300
        )

    return run


@pytest.mark.parametrize("export", ["exported_run", "exported_left_out_run"])
def test_numbers_are_those_of_python(replay, export, request):
    from tensorflow_serving.apis import prediction_log_pb2

    folder = request.getfixturevalue(export) / "saved_model/1"
    process = replay(folder)
    assert process.returncode == 0, process.stderr
    answers = list(map(json.loads, process.stdout.splitlines()))
    model = tf.saved_model.load(str(folder))
    records = list(tf.data.TFRecordDataset(str(folder / WARM_UP_FILE)))
    assert len(answers) == len(records) == 4
    for record, answer in zip(records, answers, strict=True):
        log = prediction_log_pb2.PredictionLog.FromString(record.numpy())
        asked = log.predict_log.request
        assert answer.pop("signature") == asked.model_spec.signature_name
        expected = model.signatures[asked.model_spec.signature_name](
            **{
                name: tf.constant(tf.make_ndarray(value))
                for name, value in asked.inputs.items()
            }
        )
        assert sorted(answer) == sorted(expected)
        for name, values in answer.items():
            flat = expected[name].numpy().ravel()
            if flat.dtype == object:
                assert values == [text.decode() for text in flat]
            else:
                np.testing.assert_allclose(values, flat, rtol=1e-5, atol=1e-6)


def test_errors_are_a_line(replay, exported_run, tmp_path):
    process = replay(tmp_path)
    assert process.returncode == 1
    assert process.stderr.endswith("cannot be opened\n")
    broken = shutil.copytree(exported_run / "saved_model/1", tmp_path / "1")
    records = (broken / WARM_UP_FILE).read_bytes()
    (broken / WARM_UP_FILE).write_bytes(records[:-9])
    process = replay(broken)
    assert process.returncode == 1
    assert process.stderr.endswith(
        "replay: error: warm-up requests: a record is cut off\n"
    )
