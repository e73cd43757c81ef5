import json
import shutil

import numpy as np
import pytest

from mtc_tf.errors import InputError
from mtc_tf.export.variants import FILES
from mtc_tf.inference.stored_model import find_model
from mtc_tf.inference.stored_model import load_classifier
from mtc_tf.inference.tflite_archive import split
from mtc_tf.inference.tflite_archive import with_description
from mtc_tf.inference.tflite_file import read_tflite


@pytest.fixture
def file(exported_run, tmp_path):
    """A TFLite file, with nothing beside it and under another name."""
    return shutil.copy(exported_run / "model.tflite", tmp_path / "a.tflite")


def _redescribe(file, **changes):
    """Changes the description in a file; None takes a fact away."""
    model, text = split(file.read_bytes(), file)
    content = json.loads(text) | changes
    content = {k: v for k, v in content.items() if v is not None}
    file.write_bytes(with_description(model, content))


@pytest.mark.parametrize("name", FILES.values())
def test_every_file_is_enough_by_itself(name, exported_run, tmp_path):
    path = shutil.copy(exported_run / name, tmp_path)
    facts = find_model(exported_run).facts
    assert find_model(path).facts == facts
    answers = load_classifier(path).predict(np.zeros((3, 1500), np.uint8))
    assert {task: x.shape for task, x in answers.items()} == {
        task: (3, len(names)) for task, names in facts.tasks.items()
    }


def test_description_in_the_file_comes_first(file):
    (file.parent / "mtc.json").write_text("{}")
    assert read_tflite(file).described_by == f"{file}: mtc.json in it"


def test_damaged_model_is_not_run(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 64
    file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        find_model(file)
    assert str(caught.value) == (
        f"{file}: not the file that mtc.json in it describes; it is damaged, "
        "or of another export"
    )


@pytest.mark.parametrize("change", [lambda x: x[:-1], lambda x: x + b"\0"])
def test_file_that_was_cut_or_grew(change, file):
    file.write_bytes(change(file.read_bytes()))
    with pytest.raises(InputError, match="neither in it nor beside it"):
        find_model(file)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tasks": {}}, "mtc.json in it does not describe a model"),
        ({"recipe": "none"}, "mtc.json in it names a preprocessing that"),
        ({"recipe": None}, "mtc.json in it lacks 'recipe'"),
        ({"tflite_sha256": 1}, "mtc.json in it does not hold what it should"),
        ({"tasks": {"other": ["x", "y"]}}, "the model has the tasks"),
    ],
)
def test_file_with_another_description(changes, message, file):
    _redescribe(file, **changes)
    with pytest.raises(InputError, match=message) as caught:
        load_classifier(file)
    assert str(caught.value).startswith(str(file))


def test_file_that_is_too_large(file, monkeypatch):
    from mtc_tf.inference import tflite_file

    monkeypatch.setattr(tflite_file, "LIMIT_BYTES", 1000)
    with pytest.raises(InputError, match="expected at most 1000 bytes"):
        find_model(file)


def test_file_that_is_missing(tmp_path):
    with pytest.raises(InputError, match="a.tflite: No such file"):
        find_model(tmp_path / "a.tflite")
