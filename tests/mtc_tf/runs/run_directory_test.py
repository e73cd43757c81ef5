import json
import os

import numpy as np
import pytest

from mtc_tf.errors import InputError
from mtc_tf.features.scaler import Scaler
from mtc_tf.runs import run_directory
from mtc_tf.runs.model_facts import ModelFacts


def test_file_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(InputError, match="x.json cannot be written: No such"):
        run_directory.write_json(tmp_path / "none" / "x.json", {})


def test_write_json(tmp_path):
    run_directory.write_json(tmp_path / "x.json", {"ä": [1]})
    assert json.loads((tmp_path / "x.json").read_text("utf-8")) == {"ä": [1]}
    assert os.listdir(tmp_path) == ["x.json"]


def test_name_that_is_not_utf_8(tmp_path):
    with pytest.raises(InputError) as caught:
        run_directory.write_json(
            tmp_path / "x.json", {"data_dir": "/data/caf\udce9", "more": 1}
        )
    assert str(caught.value) == (
        f"{tmp_path}/x.json cannot be written: a name in it is not UTF-8: "
        "'\"/data/caf\\udce9\"'"
    )
    assert os.listdir(tmp_path) == []


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


@pytest.mark.parametrize(
    ("info", "message"),
    [
        ("{", "run.json is not valid JSON"),
        ("[]", "run.json does not hold what it should"),
        ("{}", "run.json lacks 'tasks'"),
        ('{"tasks": {"a": "b"}, "recipe": "strict"}', "at 'tasks.a'"),
        ('{"tasks": {"a": ["b"]}, "recipe": 1}', "at 'recipe'"),
        ('{"tasks": {}, "recipe": "x", "features": [1]}', "'features.0'"),
        ('{"tasks": {"a": ["b"]}, "recipe": "new"}', "does not know: recipe"),
    ],
)
def test_run_with_broken_facts(info, message, tmp_path):
    (tmp_path / "run.json").write_text(info)
    (tmp_path / "model.keras").write_bytes(b"")
    with pytest.raises(InputError, match=message):
        run_directory.load_run(tmp_path)


def _run(path, *features):
    facts = ModelFacts({"a": ["b"]}, "strict", features=features)
    return run_directory.Run(path, {}, facts)


def test_run_with_broken_model_and_sample(tmp_path):
    (tmp_path / "model.keras").write_bytes(b"no model")
    (tmp_path / "sample.npz").write_bytes(b"no arrays")
    run = _run(tmp_path)
    with pytest.raises(InputError, match="model.keras cannot be loaded"):
        run.load_model()
    with pytest.raises(InputError, match="sample.npz cannot be read"):
        run.load_sample()


def test_sample_is_of_what_the_model_looks_at(tmp_path):
    packets = np.ones((2, 1500), np.uint8)
    np.savez(tmp_path / "sample.npz", rows=packets)
    run = _run(tmp_path)
    np.testing.assert_array_equal(run.load_sample(), packets)
    flows = _run(tmp_path, "x", "y")
    with pytest.raises(InputError, match=r"expected float32 \(rows, 2\)"):
        flows.load_sample()


SCALER = {"features": ["x", "y"], "quantiles": [[0, 1], [0.5, 0.5]]}


def _flows(tmp_path, scaler):
    (tmp_path / "scaler.json").write_text(json.dumps(scaler))
    return _run(tmp_path, "x", "y")


def test_scaler(tmp_path):
    # What a later version adds is let through.
    run = _flows(tmp_path, {**SCALER, "more": 1})
    assert run.load_scaler() == Scaler(**SCALER)


def test_model_of_packets_has_no_scaler(tmp_path):
    (tmp_path / "scaler.json").write_text("{")
    assert _run(tmp_path).load_scaler() is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"features": ["y", "x"]}, "has other features than .*run.json"),
        ({"features": "xy"}, "at 'features'"),
        ({"quantiles": [[0, 1]]}, "damaged: expected two or more ascending"),
        ({"quantiles": [[0, 1], [1, 0]]}, "damaged: expected two or more asc"),
        ({"quantiles": [[0, 1], [0, 1, 2]]}, "features, as many of each"),
        ({"quantiles": [[0], [1]]}, "damaged: expected two or more ascending"),
        ({"quantiles": [[0, 1], [None, 1]]}, "at 'quantiles.1.0'"),
    ],
)
def test_scaler_of_no_use(change, message, tmp_path):
    run = _flows(tmp_path, {**SCALER, **change})
    with pytest.raises(InputError, match=message):
        run.load_scaler()


def test_model_of_flows_without_its_scaler(tmp_path):
    run = _run(tmp_path, "x")
    with pytest.raises(InputError, match="of records, but no scaler"):
        run.load_scaler()


def test_run_of_an_earlier_version_calls_the_split_seed_seed(tmp_path):
    (tmp_path / "model.keras").touch()
    facts = {"tasks": {"a": ["b"]}, "recipe": "strict"}
    protocol = {"protocol": {"seed": 2}}
    for name in ("seed", "split_seed"):
        info = {**facts, name: 1, **protocol}
        (tmp_path / "run.json").write_text(json.dumps(info))
        run = run_directory.load_run(tmp_path)
        assert run.info == {**facts, "split_seed": 1, **protocol}
        assert run.facts == ModelFacts({"a": ["b"]}, "strict")
