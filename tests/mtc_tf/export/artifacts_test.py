import hashlib
import json
import os
import shutil
import types

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from mtc_tf.errors import InputError
from mtc_tf.evaluation.calibration import with_temperature
from mtc_tf.export import artifacts
from mtc_tf.export.parity import ParityError
from mtc_tf.export.variants import FILES
from mtc_tf.inference.row_classifier import RowClassifier
from mtc_tf.inference.tflite_archive import split
from mtc_tf.runs.run_directory import Run
from mtc_tf.runs.run_directory import load_run

TASKS = ["application", "auxiliary", "traffic_type"]


@pytest.fixture
def run(trained_run, tmp_path):
    """A copy of the run, in a folder that is otherwise empty."""
    shutil.copytree(trained_run, tmp_path / "run")
    return load_run(tmp_path / "run")


@pytest.fixture
def quick_writers(monkeypatch):
    """Replaces what takes seconds; the artefacts are of no use."""
    monkeypatch.setattr(Run, "load_model", lambda run: None)
    monkeypatch.setattr(artifacts, "serving_function", lambda *_: None)
    monkeypatch.setattr(
        artifacts,
        "classifier_of",
        lambda facts, *_: RowClassifier(
            facts,
            lambda rows: {
                task: np.full((len(rows), len(names)), 1 / len(names))
                for task, names in facts.tasks.items()
            },
        ),
    )
    monkeypatch.setattr(
        artifacts,
        "write_saved_model",
        lambda model, function, folder: os.makedirs(folder),
    )
    monkeypatch.setattr(artifacts, "tflite_model", lambda folder: b"")
    monkeypatch.setattr(
        artifacts, "prepare_trial", lambda *_: (None, "no dataset")
    )
    figures = {"model.tflite": {"differences": {}, "sha256": ""}}
    monkeypatch.setattr(artifacts, "write_variants", lambda *_: (figures, []))
    monkeypatch.setattr(
        artifacts,
        "read_tflite",
        lambda path: types.SimpleNamespace(model=b""),
    )
    monkeypatch.setattr(
        artifacts.saved_model, "load_function", lambda folder: None
    )
    monkeypatch.setattr(artifacts.litert, "load_function", lambda *_: None)


def test_layout(exported_run):
    assert sorted(os.listdir(exported_run)) == [
        "model.tflite",
        "model_dynamic.tflite",
        "model_float16.tflite",
        "model_int8.tflite",
        "mtc.json",
        "saved_model",
    ]
    assert os.listdir(exported_run / "saved_model") == ["1"]
    metadata = (exported_run / "mtc.json").read_text()
    beside_model = exported_run / "saved_model/1/assets.extra/mtc.json"
    assert beside_model.read_text() == metadata


def test_metadata_describes_model_origin_and_proof(trained_run, exported_run):
    metadata = json.loads((exported_run / "mtc.json").read_text())
    info = load_run(trained_run).info
    for fact in ("tasks", "recipe", "split", "digests", "label_map"):
        assert metadata[fact] == info[fact]
    assert metadata["packet_length"] == 1500
    assert str(trained_run) not in json.dumps(metadata)
    path = exported_run / "model.tflite"
    model, described = split(path.read_bytes(), path)
    assert metadata["tflite_sha256"] == hashlib.sha256(model).hexdigest()
    own = json.loads(described)
    assert own["parity"] == {"model.tflite": metadata["parity"]["model.tflite"]}
    shared = own.keys() - {"parity"}
    assert {"tasks", "recipe", "digests", "tflite_sha256"} <= shared
    assert all(own[fact] == metadata[fact] for fact in shared)
    for artifact in ("saved_model/1", "model.tflite"):
        differences = metadata["parity"][artifact]
        assert sorted(differences) == TASKS
        assert max(differences.values()) <= 1e-5


def test_temperatures_and_score_of_the_unknown(
    left_out_run, exported_left_out_run
):
    metadata = json.loads((exported_left_out_run / "mtc.json").read_text())
    confidence = json.loads((left_out_run / "confidence.json").read_text())
    assert metadata["temperatures"] == confidence["temperatures"]
    assert metadata["unknown"] == confidence["unknown"]
    for artifact in ("saved_model/1", "model.tflite"):
        differences = metadata["parity"][artifact]
        assert sorted(differences) == ["application", "traffic_type", "unknown"]
    interpreter = Interpreter(str(exported_left_out_run / "model.tflite"))
    runner = interpreter.get_signature_runner("serving_default")
    packets = load_run(left_out_run).load_sample()
    outputs = runner(packets=packets)
    assert outputs["unknown"].shape == (len(packets),)
    assert outputs["unknown"].dtype == np.float32
    raw = load_run(left_out_run).load_model()({"packet": packets})
    expected = with_temperature(
        raw["application"].numpy(), confidence["temperatures"]["application"]
    )
    np.testing.assert_allclose(outputs["application"], expected, atol=1e-5)


def test_figures_of_each_tflite_file(exported_run):
    metadata = json.loads((exported_run / "mtc.json").read_text())
    assert list(metadata["tflite"]) == [
        *("model.tflite", "model_float16.tflite"),
        *("model_dynamic.tflite", "model_int8.tflite"),
    ]
    sizes = [figures["bytes"] for figures in metadata["tflite"].values()]
    assert sizes[0] > max(sizes[1:])
    for name, figures in metadata["tflite"].items():
        assert figures["bytes"] == (exported_run / name).stat().st_size
        assert sorted(figures["macro_f1_lost"]) == TASKS
        assert figures["rows"] > 0
        assert sorted(figures["speed"]) == ["1", "2"]
        assert sorted(metadata["parity"][name]) == TASKS


def test_saved_model_signature(exported_run):
    model = tf.saved_model.load(str(exported_run / "saved_model/1"))
    assert sorted(model.signatures) == ["classify_frames", "serving_default"]
    signature = model.signatures["serving_default"]
    _, inputs = signature.structured_input_signature
    assert inputs == {
        "packets": tf.TensorSpec((None, 1500), tf.uint8, name="packets")
    }
    outputs = signature.structured_outputs
    assert sorted(outputs) == TASKS
    assert {output.dtype for output in outputs.values()} == {tf.float32}


@pytest.mark.parametrize("name", FILES.values())
def test_tflite_signature(name, exported_run):
    interpreter = Interpreter(str(exported_run / name))
    assert interpreter.get_signature_list() == {
        "serving_default": {"inputs": ["packets"], "outputs": TASKS}
    }
    [packets] = interpreter.get_input_details()
    assert packets["dtype"] is np.uint8
    assert packets["shape_signature"].tolist() == [-1, 1500]
    outputs = interpreter.get_output_details()
    assert {output["dtype"] for output in outputs} == {np.float32}


def test_artifact_that_differs_leaves_nothing_behind(
    run, tmp_path, monkeypatch, quick_writers
):
    def differ(name, *_):
        raise ParityError(f"{name} differs")

    monkeypatch.setattr(artifacts, "check_parity", differ)
    with pytest.raises(ParityError, match="saved_model/1 differs"):
        artifacts.export_run(run, tmp_path / "out")
    assert os.listdir(tmp_path) == ["run"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            tf.errors.ResourceExhaustedError(None, None, "full\nat x"),
            InputError,
        ),
        (OSError(28, "No space left on device"), InputError),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
def test_failure_while_writing_leaves_nothing_behind(
    error, expected, run, tmp_path, monkeypatch, quick_writers
):
    def fail(saved_model):
        (saved_model / "half").touch()
        raise error

    monkeypatch.setattr(artifacts, "tflite_model", fail)
    with pytest.raises(expected) as caught:
        artifacts.export_run(run, tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert os.listdir(tmp_path) == ["run"]


def test_what_a_killed_export_left_is_removed(
    run, tmp_path, monkeypatch, quick_writers
):
    (tmp_path / ".out.abcd_123.partial/out").mkdir(parents=True)
    monkeypatch.setattr(artifacts, "check_parity", lambda *_: {})
    report = artifacts.export_run(run, tmp_path / "out")
    assert sorted(os.listdir(tmp_path)) == ["out", "run"]
    assert report.notes == ["no dataset"]


def test_model_that_is_not_as_described(run, tmp_path, monkeypatch):
    def function(packets):
        return dict.fromkeys(TASKS, np.ones((len(packets), 1)))

    monkeypatch.setattr(Run, "load_model", lambda run: None)
    monkeypatch.setattr(artifacts, "serving_function", lambda *_: function)
    with pytest.raises(InputError, match="has 1 classes of .*, but its descr"):
        artifacts.export_run(run, tmp_path / "out")
    assert os.listdir(tmp_path) == ["run"]


def test_output_that_exists(run, tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(InputError, match="out' exists; give a new folder"):
        artifacts.export_run(run, tmp_path / "out")


def test_output_in_a_folder_that_is_missing(run, tmp_path):
    with pytest.raises(InputError, match="no folder .*none"):
        artifacts.export_run(run, tmp_path / "none/out")


@pytest.mark.parametrize(
    ("packets", "message"),
    [
        (np.zeros((0, 1500), np.uint8), "the sample holds no rows"),
        (np.zeros((2, 1499), np.uint8), r"received uint8 \(2, 1499\)"),
    ],
)
def test_sample_of_no_use(packets, message, run, tmp_path):
    np.savez(run.path / "sample.npz", rows=packets)
    with pytest.raises(InputError, match=message):
        artifacts.export_run(run, tmp_path / "out")
