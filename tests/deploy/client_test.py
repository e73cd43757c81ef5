import pytest
from model_server import rest_server
from small_captures import DUMMY_DATA

from deploy import client
from mtc_tf.cli import main
from mtc_tf.files.shipped import shipped_model
from mtc_tf.inference.stored_model import load_classifier

CAPTURE = str(DUMMY_DATA / "aimchat2.pcap")
NOWHERE = "http://127.0.0.1:1/mtc"


def test_capture_is_labelled(capsys):
    model = shipped_model() / "model.tflite"
    assert main(["classify", CAPTURE, f"--model={model}"]) == 0
    expected = capsys.readouterr().out
    with rest_server(load_classifier(model)) as address:
        export = f"--export={shipped_model()}"
        assert client.main([CAPTURE, f"--server={address}", export]) == 0
    assert capsys.readouterr().out == expected


@pytest.mark.parametrize(
    ("server", "message"),
    [
        (NOWHERE, f"{NOWHERE}: Connection refused"),
        ("grpc://127.0.0.1:1/mtc", "grpc://127.0.0.1:1/mtc: UNAVAILABLE"),
        ("localhost:8501", "expected the address of a model, such as http://"),
    ],
)
def test_what_goes_wrong_is_one_line(server, message, capsys):
    assert client.main([CAPTURE, f"--server={server}"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"client.py: error: {message}")


def test_model_of_records(tmp_path, capsys):
    content = '{"tasks": {"a": ["b"]}, "recipe": "x", "features": ["y"]}'
    (tmp_path / "mtc.json").write_text(content)
    status = client.main(
        [CAPTURE, f"--server={NOWHERE}", f"--export={tmp_path}"]
    )
    assert status == 1
    assert "is a model of records, not packets" in capsys.readouterr().err


def test_interrupt(capsys, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(client, "find_remote_model", interrupt)
    assert client.main([CAPTURE]) == 130
    assert capsys.readouterr().err == "client.py: interrupted\n"
