from mtc_tf.export.artefact_facts import artefact_facts
from mtc_tf.export.artifacts import ExportReport


def test_all_files_of_an_artefact_count(tmp_path):
    (tmp_path / "saved_model/1/variables").mkdir(parents=True)
    (tmp_path / "saved_model/1/saved_model.pb").write_bytes(b"x" * 5)
    (tmp_path / "saved_model/1/variables/a").write_bytes(b"x" * 2)
    (tmp_path / "model.tflite").write_bytes(b"x" * 3)
    parity = {
        "saved_model/1": {"a": 1e-7, "b": 2e-7},
        "model.tflite": {"a": 0.0, "b": 0.0},
    }
    speed = {"1": {"median_ms": 1.0}}
    report = ExportReport(parity, {"model.tflite": {"speed": speed}}, [])
    assert artefact_facts(tmp_path, report) == {
        "saved_model/1": {"bytes": 7, "largest_difference": 2e-7},
        "model.tflite": {
            "bytes": 3,
            "largest_difference": 0.0,
            "speed": speed,
        },
    }
