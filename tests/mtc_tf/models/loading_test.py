"""Model files that were made to do harm, or came to harm."""

import io
import json
import os
import zipfile

import keras
import numpy as np
import pytest

from mtc_tf.errors import InputError
from mtc_tf.models.deep_packet_cnn import DeepPacketCNN
from mtc_tf.models.loading import load_model


@pytest.fixture(scope="module")
def members(tmp_path_factory):
    """The files within a good model file."""
    path = tmp_path_factory.mktemp("good") / "model.keras"
    symbol = keras.Input((2,), name="packet")
    outputs = {"a": keras.layers.Dense(1, name="head")(symbol)}
    keras.Model({"packet": symbol}, outputs).save(path)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _write(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def _with_layer(members, layer, **config):
    """Puts another object in the place of the only layer."""
    content = json.loads(members["config.json"])
    [place] = [
        x for x in content["config"]["layers"] if x["class_name"] == "Dense"
    ]
    place.update(layer)
    place["config"] = {**config, "name": "head"}
    return {**members, "config.json": json.dumps(content)}


def _refuses(path):
    with pytest.raises(InputError, match="model.keras cannot be loaded") as e:
        load_model(path, compile=False)
    assert "\n" not in str(e.value)


def test_good_file(members, tmp_path):
    path = _write(tmp_path / "model.keras", members)
    assert list(load_model(path, compile=False).output) == ["a"]


def test_model_of_another_version(members, tmp_path):
    # Its file holds no weights of a layer that has some.
    layer = {"class_name": "LayerNormalization", "module": "keras.layers"}
    path = _write(tmp_path / "model.keras", _with_layer(members, layer))
    with pytest.raises(InputError, match="of another version of mtc_tf: ") as e:
        load_model(path, compile=False)
    assert "\n" not in str(e.value)


@pytest.mark.parametrize("compiled", [False, True])
def test_model_of_a_class_that_is_an_argument_now(compiled, tmp_path):
    path = tmp_path / "model.keras"
    model = DeepPacketCNN(
        {"application": 3}, length=24, filters=4, units=(8,), batch_norm=True
    )
    model.compile("adam", "mse")
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    # What version 0.1.0 wrote.
    content = json.loads(members["config.json"])
    del content["config"]["batch_norm"]
    content |= {
        "module": "mtc_tf.models.multitask_cnn",
        "class_name": "MultitaskCNN",
        "registered_name": "mtc_tf>MultitaskCNN",
    }
    _write(path, {**members, "config.json": json.dumps(content)})
    loaded = load_model(path, compile=compiled)
    assert loaded.compiled == compiled
    packets = {"packet": np.full((2, 24), 7, "uint8")}
    np.testing.assert_array_equal(
        loaded.predict(packets, verbose=0)["application"],
        model.predict(packets, verbose=0)["application"],
    )
    # Saved again, it is a model of today.
    loaded.save(path)
    assert load_model(path, compile=False).get_config()["batch_norm"]


def test_python_code_in_a_layer(members, tmp_path):
    layer = keras.layers.Lambda(lambda x: os.mkdir("/none/here"))
    config = keras.saving.serialize_keras_object(layer)
    members = _with_layer(
        members,
        {"class_name": "Lambda", "module": "keras.layers"},
        **config["config"],
    )
    _refuses(_write(tmp_path / "model.keras", members))


@pytest.mark.parametrize(
    ("module", "name", "config"),
    [
        ("os", "system", {"command": "touch written"}),
        ("builtins", "eval", {"source": "open('written', 'w')"}),
        ("builtins", "open", {"file": "written", "mode": "w"}),
        ("subprocess", "Popen", {"args": ["touch", "written"]}),
        ("shutil", "copyfile", {"src": "model.keras", "dst": "written"}),
        ("pathlib", "Path", {}),
        ("numpy", "savetxt", {"fname": "written", "X": [1]}),
        ("keras.utils", "get_file", {"fname": "x", "origin": "file:///x"}),
        ("keras.saving", "load_model", {"filepath": "model.keras"}),
        ("mtc_tf.files.atomic", "replacing", {"path": "written"}),
        (None, "Unheard", {}),
        ("keras.layers", "Unheard", {}),
        ("keras.layers", "Dense", {"units": -1}),
        ("keras.layers", "Dense", {"units": "x"}),
    ],
)
def test_object_of_another_kind(
    module, name, config, members, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    members = _with_layer(
        members,
        {"module": module, "class_name": name, "registered_name": None},
        **config,
    )
    _refuses(_write(tmp_path / "model.keras", members))
    assert os.listdir(tmp_path) == ["model.keras"]


def _cut(members, path):
    content = _write(path, members).read_bytes()
    path.write_bytes(content[: len(content) // 2])


def _no_archive(members, path):
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(99))


def _without_weights(members, path):
    del members["model.weights.h5"]
    _write(path, members)


def _without_config(members, path):
    del members["config.json"]
    _write(path, members)


def _broken_config(members, path):
    _write(path, {**members, "config.json": b"{"})


def _deep_config(members, path):
    _write(path, {**members, "config.json": b"[" * 100_000})


def _list_as_config(members, path):
    _write(path, {**members, "config.json": b"[]"})


def _broken_weights(members, path):
    _write(path, {**members, "model.weights.h5": b"\x89HDF\r\n\x1a\n"})


def _flipped_weights(members, path):
    weights = bytearray(members["model.weights.h5"])
    weights[8:200] = bytes(x ^ 0xFF for x in weights[8:200])
    _write(path, {**members, "model.weights.h5": bytes(weights)})


def _weights_of_another_shape(members, path):
    import h5py

    file = io.BytesIO(members["model.weights.h5"])
    with h5py.File(file, "r+") as weights:
        group = weights["layers/dense/vars"]
        del group["0"]
        group["0"] = np.zeros((3, 4), np.float32)
    _write(path, {**members, "model.weights.h5": file.getvalue()})


def _weights_elsewhere(members, path):
    import h5py

    file = io.BytesIO(members["model.weights.h5"])
    with h5py.File(file, "r+") as weights:
        group = weights["layers/dense/vars"]
        del group["0"]
        group["0"] = h5py.ExternalLink("/etc/hostname", "x")
    _write(path, {**members, "model.weights.h5": file.getvalue()})


@pytest.mark.parametrize(
    "damage",
    [
        _cut,
        _no_archive,
        _without_weights,
        _without_config,
        _broken_config,
        _deep_config,
        _list_as_config,
        _broken_weights,
        _flipped_weights,
        _weights_of_another_shape,
        _weights_elsewhere,
    ],
)
def test_damaged_file(damage, members, tmp_path):
    damage(dict(members), tmp_path / "model.keras")
    _refuses(tmp_path / "model.keras")


def test_missing_file(tmp_path):
    _refuses(tmp_path / "model.keras")
