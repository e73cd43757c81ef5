import http.client
import http.server
import io
import json
import re
import socketserver
import threading
import time

import numpy as np
import pytest
from small_captures import DUMMY_DATA

from deploy import client
from mtc_tf.inference.stored_model import load_classifier

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


class _Raw(socketserver.StreamRequestHandler):
    """Reads a request, and answers with bytes of the test's own."""

    def handle(self):
        headers = http.client.parse_headers(io.BytesIO(self._head()))
        self.rfile.read(int(headers["Content-Length"]))
        for number, part in enumerate(self.server.parts):
            time.sleep(0.02 * bool(number))
            try:
                self.wfile.write(part)
            except OSError:  # the client has had enough
                return

    def _head(self):
        self.rfile.readline()
        return b"".join(iter(self.rfile.readline, b"\r\n")) + b"\r\n"


@pytest.fixture(scope="module")
def raw_server():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Raw) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        server.address = f"http://127.0.0.1:{server.server_address[1]}"
        yield server
        server.shutdown()
        thread.join()


TASKS = {"application": ["Chat", "VoIP"], "auxiliary": ["x"]}
# The dummy capture has twelve.
PACKETS = 12


@pytest.fixture
def export(tmp_path):
    content = {"tasks": TASKS, "recipe": "strict"}
    (tmp_path / "mtc.json").write_text(json.dumps(content))
    return tmp_path


def _run(export, server, capsys):
    """Returns the exit code, what was printed, and the error without frame."""
    status = client.main(
        [str(CAPTURE), f"--export={export}", f"--server={server}"]
    )
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    if status:
        [line] = err.splitlines()
        assert line.startswith("client.py: error: ")
        assert line.isprintable()
        assert len(line) < 500
        err = line
    return status, out, err


def _http(content, status="200 OK", *headers):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(content)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + content


def _answer(rows=((0.25, 0.75),) * PACKETS, **changes):
    outputs = {
        "application": rows,
        "auxiliary": [[1]] * PACKETS,
        **changes,
    }
    return _http(json.dumps({"outputs": outputs}).encode())


def _first(row):
    """An answer whose first row of twelve is another."""
    return _answer([row, *[[0, 1]] * (PACKETS - 1)])


def test_proper_answer(raw_server, export, capsys):
    raw_server.parts = [_answer()]
    status, out, _ = _run(export, raw_server.address, capsys)
    assert status == 0
    assert out.count("VoIP 0.7500") == PACKETS


def test_answer_with_a_score_for_each_row(raw_server, export, capsys):
    content = {
        "tasks": TASKS,
        "recipe": "strict",
        "unknown": {
            "score": "energy",
            "task": "application",
            "quantiles": {"row": [0.0, 1.0]},
        },
    }
    (export / "mtc.json").write_text(json.dumps(content))
    raw_server.parts = [_answer(unknown=[0.5] * PACKETS)]
    assert _run(export, raw_server.address, capsys)[0] == 0
    raw_server.parts = [_answer(unknown=[[0.5]] + [0.5] * (PACKETS - 1))]
    status, _, err = _run(export, raw_server.address, capsys)
    assert status == 1
    assert "at 'outputs.unknown.0': Input should be a valid number" in err


def test_answer_that_comes_in_parts(raw_server, export, capsys):
    answer = _answer()
    raw_server.parts = [answer[:20], answer[20:99], answer[99:]]
    assert _run(export, raw_server.address, capsys)[0] == 0


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
BAD_ANSWERS = {
    "nothing": (b"", "127.0.0.1:.*: this is no HTTP"),
    "no HTTP": (b"220 smtp.example ESMTP\r\n", "this is no HTTP"),
    "status word": (b"HTTP/1.1 fine\r\n\r\n", "this is no HTTP"),
    "status number": (b"HTTP/1.1 99999 x\r\n\r\n", "this is no HTTP"),
    "later HTTP": (b"HTTP/9.0 200 OK\r\n\r\n", "HTTP: UnknownProtocol"),
    "long status": (b"HTTP/1.1 200 " + b"x" * 70_000, "no proper HTTP: LineTo"),
    "long header": (
        b"HTTP/1.1 200 OK\r\nA: " + b"x" * 70_000,
        "no proper HTTP: LineTooLong",
    ),
    "many headers": (
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200,
        "no proper HTTP: HTTPException",
    ),
    "half a body": (_answer()[:-9], "breaks off; 9 bytes are missing"),
    "chunk size": (CHUNKED + b"zz\r\n{}", "no proper HTTP: IncompleteRead"),
    "half a chunk": (CHUNKED + b"ff\r\n{}", "no proper HTTP: IncompleteRead"),
    "no content": (_http(b"", "204 No Content"), "refuses: 204 ''"),
    "elsewhere": (
        _http(b"", "302 Found", "Location: http://127.0.0.1:1/"),
        "refuses: 302 ''",
    ),
    "refusal": (
        _http(b'{ "error": "no \x1b[2J\n model" }', "404 Not Found"),
        r"refuses: 404 '{ \"error\": \"no \\x1b\[2J model\" }'",
    ),
    "failure": (_http(b"<p>" * 999, "500 Oops"), "refuses: 500 '<p><p>.*'"),
    "no bytes": (_http(b""), "is not valid JSON: Expecting value"),
    "page": (_http(b"<html>Log in</html>"), "is not valid JSON: Expecting"),
    "half of JSON": (_http(b'{"outputs": {'), "is not valid JSON: Expecting"),
    "latin-1": (_http(b'{"outputs": "\xe9"}'), "is not valid JSON: 'utf-8'"),
    "utf-16": (_http('{"outputs": {}}'.encode("utf-16")), "is not valid JSON"),
    "deep list": (_http(b"[" * 100_000), "is not valid JSON: it is nested"),
    "deep object": (_http(b'{"a":' * 99_999), "is not valid JSON: it is nest"),
    "twice": (_http(b'{"outputs": 1, "outputs": 2}'), "'outputs' stands in it"),
    "list": (_http(b"[]"), "does not hold what it should: Input"),
    "null": (_http(b"null"), "does not hold what it should: Input"),
    "text": (_http(b'"outputs"'), "does not hold what it should: Input"),
    "empty object": (_http(b"{}"), "lacks 'outputs'"),
    "by rows": (_http(b'{"predictions": []}'), "lacks 'outputs'"),
    "null outputs": (_http(b'{"outputs": null}'), "at 'outputs': Input"),
    "single output": (_http(b'{"outputs": [[1]]}'), "at 'outputs': Input"),
    "no outputs": (_http(b'{"outputs": {}}'), r"has the tasks \[\], but"),
    "other task": (_answer(other=[[1]]), "tasks .*'other'.*, but its descr"),
    "text of rows": (_answer("rows"), "at 'outputs.application': Input"),
    "flat": (_answer([0.5, 0.5]), "at 'outputs.application.0': Input"),
    "one too deep": (_first([[1], [0]]), "at 'outputs.application.0.0': Inp"),
    "text of numbers": (_first(["0", "1"]), "received: '0'"),
    "null in a row": (_first([None, 1]), "received: None"),
    "bool in a row": (_first([True, False]), "received: True"),
    "object in a row": (_first([{}, 1]), "received: an object of 0"),
    "ragged": (_first([1]), "rows of several lengths for application"),
    "no rows": (_answer([]), "12 rows with .* of application"),
    "too few rows": (_answer([[0, 1]] * 11), r"12 rows with .* \(11, 2\)"),
    "too many rows": (_answer([[0, 1]] * 13), r"12 rows with .* \(13, 2\)"),
    "empty rows": (_answer([[]] * 12), "has 0 classes of application"),
    "too few classes": (_answer([[1]] * 12), "has 1 classes of application"),
    "too many classes": (
        _answer([[0, 0, 1]] * 12),
        "has 3 classes of application, but its description 2",
    ),
    "below 0": (_first([-5, 6]), "not between 0 and 1, but from -5 to 6"),
    "above 1": (_first([1e38, 0]), "not between 0 and 1, .* to 1e.38"),
    "no sum": (_first([0.1, 0.1]), "do not add up to 1, but to 0.2"),
    "NaN": (_first([float("nan"), 1]), "is not valid JSON: NaN is no number"),
    "infinity": (_first([float("-inf"), 1]), "JSON: -Infinity is no number"),
    "too large": (_http(b'{"outputs": 1e999}'), "1e999 is too large a number"),
    "digits": (_http(b"1" * 5000), "is not valid JSON: Exceeds the limit"),
    "huge integer": (_first([10**400, 1]), "a number of more than 64 bits"),
    "half a character": (
        _http(b'{"\\ud83d": 1}'),
        "is not valid JSON: 'utf-8'",
    ),
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_bad_answer(name, raw_server, export, capsys):
    answer, message = BAD_ANSWERS[name]
    raw_server.parts = [answer]
    status, out, err = _run(export, raw_server.address, capsys)
    assert status == 1
    assert out == ""
    assert re.search(message, err), err


def test_body_that_is_too_large(raw_server, export, capsys, monkeypatch):
    monkeypatch.setattr(client, "LIMIT_BYTES", 100)
    raw_server.parts = [_answer()]
    status, out, err = _run(export, raw_server.address, capsys)
    assert (status, out) == (1, "")
    assert err.endswith("answers with more than 100 bytes")


def _drip(answer, start):
    return [answer[:start], *(bytes([x]) for x in answer[start : start + 99])]


@pytest.mark.parametrize(
    "parts",
    [
        _drip(_answer(), 5),
        _drip(_answer(), 200),
        _drip(b"HTTP/1.0 200 OK\r\n\r\n" + b" " * 999, 20),
        [b"HTTP/1.1 100 Continue\r\n\r\n"] * 99,
        [b""] * 99,
    ],
)
def test_answer_that_does_not_end(
    parts, raw_server, export, capsys, monkeypatch
):
    monkeypatch.setattr(client, "TIMEOUT_SECONDS", 0.2)
    raw_server.parts = parts
    status, out, err = _run(export, raw_server.address, capsys)
    assert (status, out) == (1, "")
    assert re.search("no whole answer within 0.2 s|timed out", err)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "localhost",
        "localhost:8501",
        "127.0.0.1:8501",
        "http://",
        "http:///v1",
        "http://:8501",
        "http://localhost:port",
        "http://localhost:99999",
        "http://localhost:-1",
        "http://[::1",
        "http://[nonsense]:8501",
        "http://a b:8501",
        "http://localhost:8501/a b",
        "http://localhost:8501/\r\nX: y",
        "http://localhost\x00:8501",
        "http://user:word@localhost:8501",
        "http://localhost:8501/?x=1",
        "http://localhost:8501/é",
        "ftp://localhost",
        "file:///etc/passwd",
    ],
)
def test_address_that_is_none(address, export, capsys):
    status, out, err = _run(export, address, capsys)
    assert (status, out) == (1, "")
    assert "--server takes an address such as http://localhost:8501, r" in err


def test_name_that_is_none(export, capsys):
    status, _, err = _run(export, f"http://{'a' * 99}.example", capsys)
    assert status == 1
    assert "a.example: " in err


def test_server_by_its_number_in_version_6(export, capsys):
    status, _, err = _run(export, "http://[::1]:1/below/", capsys)
    assert status == 1
    assert "http://[::1]:1/below/: " in err


def test_server_that_refuses(server, export, capsys):
    status, _, err = _run(export, f"{server}/elsewhere", capsys)
    assert status == 1
    assert "refuses: 404 " in err


def test_server_that_is_not_there(export, capsys):
    status, _, err = _run(export, "http://127.0.0.1:1", capsys)
    assert status == 1
    assert err.startswith("client.py: error: http://127.0.0.1:1: ")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "mtc.json is not valid JSON"),
        ('{"recipe": "strict"}', "mtc.json lacks 'tasks'"),
        ('{"tasks": {"a": 1}, "recipe": "x"}', "at 'tasks.a'"),
        (
            '{"tasks": {"a": ["b"]}, "recipe": "x", "features": ["y"]}',
            "is a model of records, not packets",
        ),
    ],
)
def test_description_of_no_use(content, message, export, capsys):
    (export / "mtc.json").write_text(content)
    status, _, err = _run(export, "http://127.0.0.1:1", capsys)
    assert status == 1
    assert message in err


def test_export_that_is_missing(tmp_path, capsys):
    status, _, err = _run(tmp_path / "none", "http://127.0.0.1:1", capsys)
    assert status == 1
    assert "none/mtc.json" in err


def test_interrupt(export, capsys, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(client, "predict", interrupt)
    assert client.main([str(CAPTURE), f"--export={export}"]) == 130
    assert capsys.readouterr().err == "client.py: interrupted\n"
