import hashlib
import json

import pytest

from mtc_tf.errors import InputError
from mtc_tf.runs import initial_model as module
from mtc_tf.runs.initial_model import initial_model

DESCRIPTION = {
    "tasks": {"application": ["Tor", "Chat"]},
    "recipe": "strict",
    "masks": ["ip.ttl"],
    "dataset": {"name": "traffic_lab", "config": "flow"},
    "digests": {"train": "01"},
}


def _write(folder, file, description=DESCRIPTION):
    folder.mkdir(exist_ok=True)
    (folder / "model.keras").write_bytes(b"weights")
    (folder / file).write_text(json.dumps(description))
    return folder


def _check(found, name, folder):
    assert found.name == name
    assert found.weights == folder / "model.keras"
    assert found.facts.tasks == {"application": ["Tor", "Chat"]}
    assert found.facts.masks == ("ip.ttl",)
    assert (found.dataset, found.digests) == ("traffic_lab", {"train": "01"})


@pytest.mark.parametrize("file", ["run.json", "mtc.json"])
@pytest.mark.parametrize("end", ["", "/model.keras"])
def test_a_folder_or_its_weights(file, end, tmp_path):
    name = f"{_write(tmp_path, file)}{end}"
    _check(initial_model(name), name, tmp_path)


def test_home_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = _write(tmp_path / "run", "run.json")
    _check(initial_model("~/run"), "~/run", folder)


def test_lab_is_the_model_of_the_package(tmp_path, monkeypatch):
    folder = _write(tmp_path / "shipped_model", "mtc.json")
    monkeypatch.setattr(module, "shipped_model", lambda: folder)
    _check(initial_model("lab"), "lab", folder)


def test_lab_of_a_package_without_a_model(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "shipped_model", lambda: tmp_path / "none")
    with pytest.raises(InputError, match="--init=lab: .* without a model"):
        initial_model("lab")


def test_record_has_the_digest_of_the_weights(tmp_path):
    name = str(_write(tmp_path, "run.json"))
    digest = hashlib.sha256(b"weights").hexdigest()
    assert initial_model(name).record() == {"name": name, "sha256": digest}


def test_what_else_is_described_need_not_be_known(tmp_path):
    small = {key: DESCRIPTION[key] for key in ("tasks", "recipe")}
    found = initial_model(str(_write(tmp_path, "mtc.json", small)))
    assert (found.dataset, found.digests) == ("", {})


def test_folder_without_weights(tmp_path):
    with pytest.raises(InputError, match=r"--init takes lab, .*; received: "):
        initial_model(str(tmp_path))


def test_weights_that_nothing_describes(tmp_path):
    (tmp_path / "model.keras").touch()
    with pytest.raises(InputError, match="expected run.json or mtc.json besi"):
        initial_model(str(tmp_path))


def test_damaged_description(tmp_path):
    _write(tmp_path, "run.json", {"tasks": {}})
    with pytest.raises(InputError, match="run.json lacks 'recipe'"):
        initial_model(str(tmp_path))
