import json
import os

import pytest

from mtc_tf import run_directory
from mtc_tf.errors import InputError


def test_file_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(InputError, match="x.json cannot be written: No such"):
        run_directory.write_json(tmp_path / "none" / "x.json", {})


def test_write_json(tmp_path):
    run_directory.write_json(tmp_path / "x.json", {"ä": [1]})
    assert json.loads((tmp_path / "x.json").read_text("utf-8")) == {"ä": [1]}
    assert os.listdir(tmp_path) == ["x.json"]


def test_folder_that_is_missing(tmp_path):
    with pytest.raises(InputError, match="is not a directory"):
        run_directory.load_run(tmp_path / "none")


def test_folder_without_a_run(tmp_path):
    with pytest.raises(InputError, match="holds no run: run.json is missing"):
        run_directory.load_run(tmp_path)


def test_run_without_a_model(tmp_path):
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(InputError, match="holds no trained model"):
        run_directory.load_run(tmp_path)


def test_run_with_broken_facts(tmp_path):
    (tmp_path / "run.json").write_text("{")
    (tmp_path / "model.keras").write_bytes(b"")
    with pytest.raises(InputError, match="run.json is not valid JSON"):
        run_directory.load_run(tmp_path)


def test_run_with_broken_model_and_sample(tmp_path):
    (tmp_path / "run.json").write_text("{}")
    (tmp_path / "model.keras").write_bytes(b"no model")
    (tmp_path / "sample.npz").write_bytes(b"no arrays")
    run = run_directory.load_run(tmp_path)
    with pytest.raises(InputError, match="model.keras cannot be loaded"):
        run.load_model()
    with pytest.raises(InputError, match="sample.npz cannot be read"):
        run.load_sample()
