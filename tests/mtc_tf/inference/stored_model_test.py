import json
import shutil

import numpy as np
import pytest

from mtc_tf.errors import InputError
from mtc_tf.files.shipped import shipped_model
from mtc_tf.inference.stored_model import find_model
from mtc_tf.inference.stored_model import load_classifier
from mtc_tf.inference.stored_model import stored_tflite
from mtc_tf.inference.tflite_file import read_tflite


@pytest.mark.parametrize("below", ["", "saved_model", "saved_model/1"])
def test_every_folder_of_an_export_stands_for_it(below, exported_run):
    facts = find_model(exported_run / below).facts
    content = json.loads((exported_run / "mtc.json").read_text())
    assert facts.tasks == content["tasks"]


def test_highest_version_is_taken(exported_run, tmp_path):
    for version in ("9", "10"):
        beside = tmp_path / version / "assets.extra"
        beside.mkdir(parents=True)
        (tmp_path / version / "saved_model.pb").touch()
        shutil.copy(exported_run / "mtc.json", beside)
    metadata = tmp_path / "10/assets.extra/mtc.json"
    facts = json.loads(metadata.read_text())
    metadata.write_text(json.dumps({**facts, "masks": ["ip.ttl"]}))
    assert find_model(tmp_path).facts.masks == ("ip.ttl",)


def test_export_with_the_description_of_another(exported_run, tmp_path):
    path = tmp_path / "1"
    shutil.copytree(exported_run / "saved_model/1", path)
    file = path / "assets.extra/mtc.json"
    content = json.loads(file.read_text())
    file.write_text(json.dumps({**content, "tasks": {"other": ["x", "y"]}}))
    with pytest.raises(InputError, match=f"{path}: the model has the tasks"):
        load_classifier(path)


def test_file_is_read_once(tmp_path):
    for name in ("model.tflite", "mtc.json"):
        shutil.copy(shipped_model() / name, tmp_path)
    model = stored_tflite(read_tflite(tmp_path / "model.tflite"))
    (tmp_path / "model.tflite").write_bytes(b"another")
    (tmp_path / "mtc.json").unlink()
    rows = np.zeros((2, *model.facts.row_shape), np.float32)
    assert len(model.load().predict(rows)["application"]) == 2


def test_folder_that_is_no_model(tmp_path):
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(InputError, match="neither a run directory"):
            load_classifier(path)


def test_run_without_a_model(tmp_path):
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(InputError, match="holds no trained model"):
        load_classifier(tmp_path)


def test_saved_model_of_another_project(exported_run, tmp_path):
    shutil.copytree(exported_run / "saved_model/1", tmp_path / "1")
    shutil.rmtree(tmp_path / "1/assets.extra")
    with pytest.raises(InputError, match=r"mtc.json is missing"):
        load_classifier(tmp_path)


@pytest.mark.parametrize(
    "file", ["saved_model.pb", "variables/variables.data-00000-of-00001"]
)
def test_saved_model_that_is_damaged(file, exported_run, tmp_path):
    shutil.copytree(exported_run / "saved_model/1", tmp_path / "1")
    path = tmp_path / "1" / file
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(InputError, match="cannot be loaded") as caught:
        load_classifier(tmp_path)
    assert "\n" not in str(caught.value)
