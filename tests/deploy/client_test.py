import http.server
import json
import threading

import numpy as np
import pytest
from small_captures import DUMMY_DATA

from deploy import client
from mtc_tf.classifier import load_classifier

CAPTURE = DUMMY_DATA / "aimchat2.pcap"


class _Handler(http.server.BaseHTTPRequestHandler):
    """Answers with the exported model, in the format of the real server."""

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        body = json.loads(self.rfile.read(length))
        if self.path != "/v1/models/mtc:predict":
            self._answer(404, {"error": "Servable not found"})
            return
        packets = np.array(body["inputs"]["packets"], np.uint8)
        outputs = self.server.classifier.predict(packets)
        answer = {task: rows.tolist() for task, rows in outputs.items()}
        self._answer(200, {"outputs": answer})

    def _answer(self, status, content):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def server(exported_run):
    with http.server.HTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.classifier = load_classifier(exported_run)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_probabilities_are_those_of_the_model(server, exported_run):
    rng = np.random.default_rng(0)
    packets = rng.integers(0, 256, (3, 1500), dtype=np.uint8)
    expected = load_classifier(exported_run).predict(packets)
    received = client.predict(server, packets)
    assert sorted(received) == sorted(expected)
    for task, probabilities in received.items():
        np.testing.assert_allclose(probabilities, expected[task], atol=1e-6)


def test_capture_is_labelled(server, exported_run, capsys):
    status = client.main(
        [str(CAPTURE), f"--export={exported_run}", f"--server={server}"]
    )
    lines = capsys.readouterr().out.splitlines()
    assert status == 0
    assert lines[0].split()[-3:] == ["application", "traffic_type", "auxiliary"]
    assert len(lines) == 1 + 4 * 3  # flows and packets of the dummy capture


def test_server_that_refuses(server, exported_run, capsys):
    address = f"{server}/elsewhere"
    assert (
        client.main(
            [str(CAPTURE), f"--export={exported_run}", f"--server={address}"]
        )
        == 1
    )
    assert "refuses: " in capsys.readouterr().err


def test_server_that_is_not_there(exported_run, capsys):
    assert (
        client.main(
            [
                str(CAPTURE),
                f"--export={exported_run}",
                "--server=http://127.0.0.1:1",
            ]
        )
        == 1
    )
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("client.py: error: http://127.0.0.1:1: ")
