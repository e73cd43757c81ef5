import contextlib
import http.client
import io
import json
import re
import socketserver
import ssl
import threading
import time
import types

import numpy as np
import pytest
from classify_notes import without_rate
from model_server import rest_server
from small_captures import DUMMY_DATA
from small_certificates import write_certificate

from mtc_tf.cli import main
from mtc_tf.errors import InputError
from mtc_tf.files.shipped import shipped_model
from mtc_tf.inference.remote import patience
from mtc_tf.inference.remote import rest_client
from mtc_tf.inference.stored_model import load_classifier

CAPTURE = DUMMY_DATA / "aimchat2.pcap"


@pytest.fixture(scope="module")
def model():
    return shipped_model() / "model.tflite"


@pytest.fixture(scope="module")
def server(model):
    with rest_server(load_classifier(model)) as address:
        yield address


def test_probabilities_are_those_of_the_model(server, model):
    rows = np.random.default_rng(0).random((3, 10, 68), np.float32)
    expected = load_classifier(model).predict(rows)
    remote = load_classifier(server, model.parent)
    # Twice: the second question goes by the connection of the first.
    for received in (remote.predict(rows), remote.predict(rows)):
        assert sorted(received) == sorted(expected)
        for name, values in received.items():
            np.testing.assert_array_equal(values, expected[name])


def test_labels_are_those_of_the_model(server, model, capsys):
    assert main(["classify", str(CAPTURE), f"--model={model}"]) == 0
    expected = capsys.readouterr().out
    description = f"--description={model.with_name('mtc.json')}"
    call = ["classify", str(CAPTURE), f"--model={server}", description]
    assert main(call) == 0
    assert capsys.readouterr().out == expected


def test_server_that_does_not_describe_its_model(server, capsys):
    assert main(["classify", str(CAPTURE), f"--model={server}"]) == 1
    [line] = without_rate(capsys.readouterr().err).splitlines()
    assert "refuses: 404 " in line
    assert "--description=OUT does" in line


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
        server.address = f"http://127.0.0.1:{server.server_address[1]}/mtc"
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
    status = main(
        [
            "classify",
            str(CAPTURE),
            f"--model={server}",
            f"--description={export}",
        ]
    )
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    if status:
        [line] = without_rate(err).splitlines()
        assert line.startswith("mtc: error: ")
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
    "nothing": (b"", "127.0.0.1:.*: no answer"),
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
    monkeypatch.setattr(rest_client, "LIMIT_BYTES", 100)
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
    monkeypatch.setattr(patience, "DEADLINE_SECONDS", 0.2)
    raw_server.parts = parts
    status, out, err = _run(export, raw_server.address, capsys)
    assert (status, out) == (1, "")
    assert re.search("no whole answer in time|timed out", err)


def test_name_that_is_none(export, capsys):
    status, _, err = _run(export, f"http://{'a' * 99}.example/mtc", capsys)
    assert status == 1
    assert "a.example/mtc: " in err


def test_server_by_its_number_in_version_6(export, capsys):
    status, _, err = _run(export, "http://[::1]:1/below/mtc", capsys)
    assert status == 1
    assert "http://[::1]:1/below/mtc: " in err


def test_server_that_refuses(server, export, capsys):
    status, _, err = _run(export, f"{server}/elsewhere", capsys)
    assert status == 1
    assert "refuses: 404 " in err


def test_server_that_is_not_there(export, capsys):
    status, _, err = _run(export, "http://127.0.0.1:1/mtc", capsys)
    assert status == 1
    assert err.startswith("mtc: error: http://127.0.0.1:1/mtc: ")


ONE_TASK = {"tasks": {"application": ["Chat", "VoIP"]}, "recipe": "strict"}


def test_only_output_has_no_name(raw_server, export, capsys):
    (export / "mtc.json").write_text(json.dumps(ONE_TASK))
    body = json.dumps({"outputs": [[0.25, 0.75]] * PACKETS}).encode()
    raw_server.parts = [_http(body)]
    status, out, _ = _run(export, raw_server.address, capsys)
    assert (status, out.count("VoIP 0.7500")) == (0, PACKETS)


def test_server_that_dies_for_good(model, monkeypatch):
    monkeypatch.setattr(patience, "DEADLINE_SECONDS", 0.5)
    with rest_server(load_classifier(model)) as address:
        remote = load_classifier(address, model.parent)
        rows = np.zeros((1, 10, 68), np.float32)
        remote.predict(rows)
    start = time.monotonic()
    with pytest.raises(InputError, match=f"^{address}: .*(refused|no answer)"):
        remote.predict(rows)
    assert 0.1 < time.monotonic() - start < 2


def test_what_was_decided_is_printed_before_a_server_fails(
    model, capsys, monkeypatch
):
    monkeypatch.setattr(patience, "DEADLINE_SECONDS", 0.5)
    local, answers = load_classifier(model), []

    def predict(rows):
        if answers:
            raise InputError("too much to do")
        answers.append(local.predict(rows))
        return answers[0]

    server = types.SimpleNamespace(facts=local.facts, predict=predict)
    with rest_server(server) as address:
        call = ["classify", str(CAPTURE), str(CAPTURE), f"--model={address}"]
        status = main([*call, f"--description={model.parent}"])
    out, err = capsys.readouterr()
    assert status == 1
    assert len(out.splitlines()) == 1 + 4
    [line] = without_rate(err).splitlines()
    assert line.startswith(f"mtc: error: {address} refuses: 503 ")
    assert "too much to do" in line


def test_server_that_restarts(model):
    local = load_classifier(model)
    rows = np.random.default_rng(0).random((1, 10, 68), np.float32)
    expected = local.predict(rows)["application"]
    with rest_server(local) as address:
        remote = load_classifier(address, model.parent)
        remote.predict(rows)
    port = int(address.split(":")[2].split("/")[0])
    with contextlib.ExitStack() as again:
        timer = threading.Timer(
            0.3, lambda: again.enter_context(rest_server(local, port))
        )
        timer.start()
        received = remote.predict(rows)["application"]
        timer.join()
    np.testing.assert_array_equal(received, expected)


def test_busy_server_is_asked_again(raw_server, export):
    remote = load_classifier(raw_server.address, export)
    rows = np.zeros((PACKETS, 1500), np.uint8)
    raw_server.parts = [_answer()]
    remote.predict(rows)
    raw_server.parts = [_http(b"", "503 Busy")]
    timer = threading.Timer(
        0.2, lambda: setattr(raw_server, "parts", [_answer()])
    )
    timer.start()
    assert len(remote.predict(rows)["application"]) == PACKETS


def test_tls(model, tmp_path, monkeypatch):
    certificate = write_certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    rows = np.zeros((1, 10, 68), np.float32)
    with rest_server(load_classifier(model), tls=tls) as address:
        assert address.startswith("https://")
        stranger = load_classifier(address, model.parent)
        with pytest.raises(InputError, match="certificate verify failed"):
            stranger.predict(rows)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        friend = load_classifier(address, model.parent)
        assert len(friend.predict(rows)["application"]) == 1
