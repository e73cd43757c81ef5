import dataclasses
import json

import numpy as np
import pytest

from mtc_tf.errors import InputError
from mtc_tf.export import variants
from mtc_tf.export.parity import ParityError
from mtc_tf.export.variants import write_variants
from mtc_tf.inference.tflite_archive import split
from mtc_tf.inference.tflite_file import digest

METADATA = {"tasks": {"a": ["x", "y"]}, "recipe": "strict"}


@dataclasses.dataclass
class _Trial:
    """Finds what a test says of each model."""

    lost: dict

    def representative(self):
        return {"rows": np.zeros((1, 1))}

    def figures(self, model, source):
        if self.lost[model] is None:
            raise ParityError(f"{source}: a has values that are no numbers")
        return {
            "differences": {"a": 0.25},
            "macro_f1_lost": {"a": self.lost[model], "b": 0.0},
            "rows": 40,
        }


@pytest.fixture(autouse=True)
def quick_variants(monkeypatch):
    monkeypatch.setattr(
        variants, "quantize", lambda model, variant, rows: variant.encode()
    )
    monkeypatch.setattr(variants, "with_metadata", lambda model, tasks: model)


def _write(folder, **lost):
    lost = {name.encode(): points for name, points in lost.items()}
    return write_variants(folder, b"float32", _Trial(lost), METADATA)


def test_each_file_holds_its_own_description(tmp_path):
    figures, notes = _write(
        tmp_path, float32=0.0, float16=1.0, dynamic=-2.0, int8=0.5
    )
    assert notes == []
    assert list(figures) == [
        *("model.tflite", "model_float16.tflite"),
        *("model_dynamic.tflite", "model_int8.tflite"),
    ]
    for name, found in figures.items():
        content = (tmp_path / name).read_bytes()
        assert found["bytes"] == len(content)
        model, description = split(content, name)
        description = json.loads(description)
        assert description["parity"] == {name: {"a": 0.25}}
        assert description["recipe"] == "strict"
        assert description["tflite_sha256"] == digest(model)
        assert found["sha256"] == digest(model)


def test_variant_that_loses_too_much(tmp_path):
    figures, [note] = _write(
        tmp_path, float32=0.0, float16=0.0, dynamic=0.0, int8=1.01
    )
    assert note == (
        "model_int8.tflite is not written: int8 loses 1.01 points of macro F1 "
        "of a on 40 rows of the validation part; at most 1 are allowed by "
        "--max_f1_loss"
    )
    assert "model_int8.tflite" not in figures
    assert not (tmp_path / "model_int8.tflite").exists()


def test_variant_of_no_use(tmp_path):
    _, notes = _write(
        tmp_path, float32=0.0, float16=None, dynamic=0.0, int8=None
    )
    assert [note.split(" is not written: ")[0] for note in notes] == [
        *("model_float16.tflite", "model_int8.tflite")
    ]


def test_variant_that_cannot_be_had(tmp_path, monkeypatch):
    def refuse(model, variant, rows):
        raise InputError(f"the model cannot be had in {variant}: no such op")

    monkeypatch.setattr(variants, "quantize", refuse)
    figures, notes = _write(tmp_path, float32=0.0)
    assert list(figures) == ["model.tflite"]
    assert notes[0] == (
        "model_float16.tflite is not written: the model cannot be had in "
        "float16: no such op"
    )
    assert len(notes) == 3
