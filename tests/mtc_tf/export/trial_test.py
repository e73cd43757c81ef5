import shutil

import numpy as np
import pytest

from mtc_tf.export.trial import prepare_trial
from mtc_tf.export.validation_rows import read_validation_rows
from mtc_tf.inference.stored_model import load_classifier
from mtc_tf.inference.tflite_file import read_tflite
from mtc_tf.runs.run_directory import load_run


def _trial(run, export):
    classifier = load_classifier(export / "model.tflite")
    rows = run.load_sample()
    return prepare_trial(run, classifier, rows, classifier.predict(rows))


@pytest.mark.parametrize("of", ["left_out", "record"])
def test_model_loses_nothing_to_itself(of, request):
    run = load_run(
        request.getfixturevalue(
            {"left_out": "left_out_run", "record": "trained_record_run"}[of]
        )
    )
    export = request.getfixturevalue(f"exported_{of}_run")
    trial, reason = _trial(run, export)
    assert reason is None
    model = read_tflite(export / "model.tflite").model
    figures = trial.figures(model, "model.tflite")
    assert set(figures["macro_f1_lost"].values()) == {0.0}
    assert figures["rows"] == len(trial.validation.rows)
    assert max(figures["differences"].values()) < 1e-5


def test_dataset_that_is_gone(left_out_run, exported_left_out_run, tmp_path):
    shutil.copytree(left_out_run, tmp_path / "run")
    info = tmp_path / "run/run.json"
    data_dir = load_run(left_out_run).info["dataset"]["data_dir"]
    info.write_text(info.read_text().replace(data_dir, "/gone"))
    trial, reason = _trial(load_run(tmp_path / "run"), exported_left_out_run)
    assert reason.startswith(
        "no macro F1 on the validation part, which --max_f1_loss goes by: no "
        "prepared dataset"
    )
    assert "\n" not in reason
    model = read_tflite(exported_left_out_run / "model.tflite").model
    figures = trial.figures(model, "model.tflite")
    assert sorted(figures) == ["differences", "speed"]
    [rows] = trial.representative().values()
    assert rows is trial.rows


def test_records_have_the_units_of_their_table(trained_record_run):
    run = load_run(trained_record_run)
    validation = read_validation_rows(run)
    assert validation.rows.shape[1:] == run.facts.row_shape
    # The sample is of the same part, and was never scaled.
    for row in run.load_sample()[:3]:
        distances = np.abs(validation.rows - row) / (1 + np.abs(row))
        assert distances.max(axis=1).min() < 1e-2
    assert {len(x) for x in validation.labels.values()} == {
        len(validation.rows)
    }
