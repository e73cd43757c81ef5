import json
import sys

import numpy as np
import pytest
from model_server import rest_server

from mtc_tf.errors import InputError
from mtc_tf.files.shipped import shipped_model
from mtc_tf.inference import remote
from mtc_tf.inference.remote.address import parse_address
from mtc_tf.inference.remote.remote_model import open_client
from mtc_tf.inference.stored_model import find_model
from mtc_tf.inference.stored_model import load_classifier

NOWHERE = "http://127.0.0.1:1/mtc"


def test_facts_are_those_of_the_description():
    model = find_model(NOWHERE, shipped_model())
    assert not model.needs_tensorflow
    assert model.facts == find_model(shipped_model() / "model.tflite").facts


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "mtc.json is not valid JSON"),
        ('{"recipe": "strict"}', "mtc.json lacks 'tasks'"),
        ('{"tasks": {"a": 1}, "recipe": "x"}', "at 'tasks.a'"),
        ('{"tasks": {"a": ["b"]}, "recipe": "x"}', "does not know: recipe"),
    ],
)
def test_description_of_no_use(content, message, tmp_path):
    (tmp_path / "mtc.json").write_text(content)
    with pytest.raises(InputError, match=message):
        find_model(NOWHERE, tmp_path)


def test_description_that_is_missing(tmp_path):
    with pytest.raises(InputError, match="none/mtc.json|none: No such file"):
        find_model(NOWHERE, tmp_path / "none")


def test_description_of_a_model_on_disk(tmp_path):
    with pytest.raises(InputError, match="--description is for a model behin"):
        find_model(shipped_model() / "model.tflite", shipped_model())


def test_description_with_other_classes(tmp_path):
    content = json.loads((shipped_model() / "mtc.json").read_text())
    content["tasks"]["application"].append("One more")
    (tmp_path / "mtc.json").write_text(json.dumps(content))
    local = load_classifier(shipped_model() / "model.tflite")
    rows = local.facts.row_shape
    with rest_server(local) as address:
        remote = load_classifier(address, tmp_path)
        with pytest.raises(InputError, match="has 14 classes of application"):
            remote.predict(np.zeros((1, *rows), np.float32))


def test_protobuf_that_is_too_old(monkeypatch):
    from google.protobuf import runtime_version

    for name in ("messages_pb2", "grpc_client"):
        module = f"{remote.__name__}.{name}"
        monkeypatch.delitem(sys.modules, module, raising=False)
        monkeypatch.delattr(remote, name, raising=False)
    monkeypatch.setattr(runtime_version, "MINOR", 0)
    address = "grpc://127.0.0.1:1/mtc"
    with pytest.raises(InputError, match=f"^{address} needs newer") as caught:
        open_client(parse_address(address))
    message = str(caught.value)
    assert "`pip install --upgrade 'mtc-tf[grpc]'` brings them" in message
    assert len(message.splitlines()) == 1
