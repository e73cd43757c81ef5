"""KServe for real: labels, protocols, faults, load, death and restart."""

import collections
import contextlib
import json
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent import futures

import grpc
import numpy as np
import pytest
import served
import small_exports
from small_captures import DUMMY_DATA
from small_record_tables import DUMMY_DATA as DUMMY_RECORDS

from mtc_tf.cli import main
from mtc_tf.files.shipped import shipped
from mtc_tf.files.shipped import shipped_model
from mtc_tf.inference.remote import messages_pb2 as messages
from mtc_tf.inference.remote.address import parse_address
from mtc_tf.inference.remote.remote_error import RemoteError
from mtc_tf.inference.remote.remote_model import open_client
from mtc_tf.inference.remote.rest_client import RestClient
from mtc_tf.inference.remote.tensors import infer_request
from mtc_tf.inference.stored_model import load_classifier

pytestmark = pytest.mark.serving

CAPTURES = [
    *sorted((shipped("datasets") / "traffic_lab/captures").glob("*_1.pcap.gz")),
    DUMMY_DATA / "aimchat2.pcap",
]
ROWS = np.random.default_rng(0).random((3, 10, 68), np.float32)


@contextlib.contextmanager
def _served(export, folder):
    """A server that should end in order, and never trace back."""
    server = served.Served(export, folder / "server.log")
    try:
        yield server
        assert server.stop() == 0
    finally:
        server.kill()
    assert "Traceback" not in server.log.read_text()


@pytest.fixture(scope="module")
def series(tmp_path_factory):
    with _served(shipped_model(), tmp_path_factory.mktemp("series")) as server:
        yield server


def _classify(capsys, *arguments):
    assert main(["classify", *map(str, arguments), "--format=jsonl"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_labels_of_flows_are_those_of_the_file(scheme, series, capsys):
    arguments = [*CAPTURES, "--reject=0.1"]
    model = shipped_model() / "model.tflite"
    expected = _classify(capsys, *arguments, f"--model={model}")
    address = series.address(scheme)
    assert _classify(capsys, *arguments, f"--model={address}") == expected
    assert len(expected) > 30


@pytest.mark.parametrize(
    ("make", "files"),
    [
        (small_exports.export_packets, CAPTURES),
        (small_exports.export_records, sorted(DUMMY_RECORDS.glob("*.csv"))),
    ],
)
def test_labels_of_packets_and_records(make, files, tmp_path, capsys):
    make(tmp_path)
    model = tmp_path / "model.tflite"
    expected = _classify(capsys, *files, f"--model={model}")
    with _served(tmp_path, tmp_path) as server:
        for scheme in ("http", "grpc"):
            address = server.address(scheme)
            assert _classify(capsys, *files, f"--model={address}") == expected


def _ask(server, path, body=None, headers=()):
    """Returns status and what the JSON of the answer holds, or its text."""
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.http_port}{path}",
        body,
        {"Content-Type": "application/json", **dict(headers)},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            status, content = response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        status, content = error.code, error.read().decode()
    assert "Traceback" not in content
    try:
        return status, json.loads(content)
    except ValueError:
        return status, content


HUGE = np.full(ROWS.shape, 1e39).tolist()
ROWS_513 = np.zeros((513, 10, 68), int).tolist()
V1, V2 = "/v1/models/mtc:predict", "/v2/models/mtc/infer"


def _tensor(**changes):
    tensor = {
        "name": "series",
        "datatype": "FP32",
        "shape": [3, 10, 68],
        "data": ROWS.reshape(-1).tolist(),
        **changes,
    }
    return {"inputs": [tensor]}


def test_every_form_of_rest_gives_the_same(series):
    expected = load_classifier(shipped_model() / "model.tflite").predict(ROWS)
    columns = {name: values.tolist() for name, values in expected.items()}
    by_row = [
        dict(zip(columns, row, strict=True))
        for row in zip(*columns.values(), strict=True)
    ]
    rows = ROWS.tolist()
    for body, answer in (
        ({"instances": rows}, {"predictions": by_row}),
        ({"instances": [{"series": x} for x in rows]}, {"predictions": by_row}),
        ({"inputs": rows}, {"outputs": columns}),
        ({"inputs": {"series": rows}}, {"outputs": columns}),
    ):
        assert _ask(series, V1, body) == (200, answer)
    status, answer = _ask(series, V2, _tensor())
    assert status == 200
    for output in answer["outputs"]:
        values = expected[output["name"]]
        assert output["shape"] == list(values.shape)
        assert output["data"] == values.reshape(-1).tolist()
    assert len(answer["outputs"]) == len(expected)
    # As `curl -d` sends it.
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = {"instances": rows}
    assert _ask(series, V1, body, form) == (200, {"predictions": by_row})


def test_life_signs_and_metadata(series):
    for path in ("/", "/v2/health/live", "/v2/health/ready", "/v1/models/mtc"):
        assert _ask(series, path)[0] == 200
    assert _ask(series, "/v2/models/mtc/ready")[1]["ready"] is True
    _, metadata = _ask(series, "/v2/models/mtc")
    assert metadata["inputs"] == [
        {"name": "series", "datatype": "FP32", "shape": [-1, 10, 68]}
    ]
    assert {"name": "unknown", "datatype": "FP32", "shape": [-1]} in metadata[
        "outputs"
    ]
    _ask(series, V1, {"instances": ROWS.tolist()})
    status, text = _ask(series, "/metrics")
    assert status == 200
    found = re.search(r'request_predict_seconds_count{model_name="mtc"} ', text)
    assert found


NO_JSON = "cannot be read|Unrecognized request format"
REFUSED = {
    "unknown model": (
        "/v1/models/x:predict",
        {"instances": [1]},
        404,
        "x does",
    ),
    "unknown model of v2": ("/v2/models/x/infer", _tensor(), 404, "x does not"),
    "unknown path": ("/v3", None, 404, "Not Found"),
    "label": ("/v1/models/mtc/labels/x:predict", {}, 404, "Not Found"),
    "no JSON": (V1, b"{", 400, NO_JSON),
    "no UTF-8": (V1, b'{"instances": "\xff"}', 400, NO_JSON),
    "nothing": (V1, b"", 400, NO_JSON),
    "deep": (V1, b"[" * 100_000, 400, NO_JSON),
    "NaN": (V1, b'{"instances": [NaN]}', 400, NO_JSON),
    "huge": (V1, b'{"instances": [1e999]}', 400, ""),
    "list": (V1, [], 400, "expected an object"),
    "text": (V1, "instances", 400, "expected an object"),
    "null": (V1, None, 404, ""),
    "both": (V1, {"instances": [], "inputs": []}, 400, "expected an object"),
    "no rows": (V1, {"instances": []}, 400, r"received \(0,\)"),
    "null rows": (V1, {"instances": None}, 400, "expected a list"),
    "object": (V1, {"instances": {"series": []}}, 400, "expected a list"),
    "other name": (V1, {"inputs": {"x": 1}}, 400, r"received \['x'\]"),
    "other names": (V1, {"instances": [{"x": 1}]}, 400, r"received \['x'\]"),
    "ragged": (V1, {"inputs": [[1], [1, 2]]}, 400, "have several lengths"),
    "shape": (V1, {"inputs": [[1]]}, 400, r"expected the shape \(rows, 10, 68"),
    "texts": (V1, {"inputs": ["a"]}, 400, "expected numbers, received str"),
    # As an array of texts it takes a gigabyte.
    "one long text": (
        V1,
        {"inputs": ["a" * 125_000, *[""] * 2000]},
        400,
        "expected numbers, received str",
    ),
    # As columns they are as many values as 10,000 rows of 10,000 names.
    "many names": (
        V1,
        {"instances": [{f"name{i}": 1} for i in range(10_000)]},
        400,
        r"received \[10000 names\]",
    ),
    "mixed": (V1, {"inputs": [1, None, True]}, 400, "received NoneType, bool"),
    "too large": (
        V1,
        {"inputs": HUGE},
        400,
        "is no float32",
    ),
    "too many": (
        V1,
        {"inputs": np.zeros((513, 10, 68), int).tolist()},
        400,
        "51",
    ),
    "v2 no JSON": (V2, b"{", 400, "JSON"),
    "v2 list": (V2, [], 400, "should be a valid dict"),
    "v2 no inputs": (V2, {}, 400, "Field required"),
    "v2 shape": (V2, _tensor(shape=[3, 10]), 400, "cannot reshape"),
    "v2 other shape": (V2, _tensor(shape=[30, 68]), 400, "expected the shape"),
    "v2 type": (V2, _tensor(datatype="X"), 400, "invalid datatype"),
    "v2 texts": (V2, _tensor(data=["a"] * 2040), 400, "could not convert"),
    "v2 NaN": (V2, _tensor(data=[float("nan")] * 2040), 400, "is no float32"),
    "v2 no rows": (V2, _tensor(shape=[0, 10, 68], data=[]), 400, "the shape"),
    "v2 output": (
        V2,
        {**_tensor(), "outputs": [{"name": "x"}]},
        400,
        r"received \['x'\]",
    ),
    "unload": ("/v2/repository/models/mtc/unload", b"", 400, "not unloaded"),
    "load": ("/v2/repository/models/x/load", b"", 400, "not loaded"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusal_by_rest(name, series):
    path, body, expected, message = REFUSED[name]
    status, content = _ask(series, path, body)
    assert status == expected
    assert re.search(message, content["error"]), content


@pytest.mark.parametrize("length", ["x", "-1", "2", "99999999"])
def test_binary_form_that_is_none(length, series):
    headers = {
        "Content-Type": "application/octet-stream",
        "Inference-Header-Content-Length": length,
    }
    status, content = _ask(series, V2, b"{}", headers)
    assert status == 400
    assert content["error"]


def test_body_that_is_too_large(series):
    client = RestClient(parse_address(series.address("http")))
    rows = np.full(900_000, 0.1, np.float32)  # of 20 bytes each
    with pytest.raises(RemoteError, match="refuses: 413 "):
        client.predict({"series": rows}, [], seconds=30)


def _infer(server, request, method="ModelInfer"):
    address = f"127.0.0.1:{server.grpc_port}"
    with grpc.insecure_channel(address) as channel:
        call = channel.unary_unary(
            f"/inference.GRPCInferenceService/{method}",
            messages.InferRequest.SerializeToString,
            messages.InferResponse.FromString,
        )
        with pytest.raises(grpc.RpcError) as caught:
            call(request, timeout=30)
    assert "Traceback" not in caught.value.details()
    return caught.value.code().name, caught.value.details()


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (infer_request("x", {"series": ROWS}), "NOT_FOUND"),
        (infer_request("mtc"), "INVALID_ARGUMENT"),
        (infer_request("mtc", {"x": ROWS}), "INVALID_ARGUMENT"),
        (infer_request("mtc", {"series": ROWS[0]}), "INVALID_ARGUMENT"),
        (infer_request("mtc", {"series": ROWS * np.nan}), "INVALID_ARGUMENT"),
        (infer_request("mtc", {"series": ROWS}, ["x"]), "INVALID_ARGUMENT"),
        (
            infer_request("mtc", {"series": np.zeros((4**9, 17), np.float32)}),
            "RESOURCE_EXHAUSTED",
        ),
        (
            messages.InferRequest(
                model_name="mtc",
                inputs=[messages.InferTensor(name="series", datatype="FP32")],
                raw_input_contents=[b"123"],
            ),
            "INVALID_ARGUMENT",
        ),
        (
            messages.InferRequest(
                model_name="mtc",
                inputs=[messages.InferTensor(name="series", datatype="?")],
            ),
            "INVALID_ARGUMENT",
        ),
        (
            messages.InferRequest(
                model_name="mtc",
                inputs=[messages.InferTensor(name="series", datatype="BYTES")],
                raw_input_contents=[b"\xff\xff\xff\xff"],
            ),
            "INVALID_ARGUMENT",
        ),
    ],
)
def test_refusal_by_grpc(request_, expected, series):
    code, details = _infer(series, request_)
    assert code == expected
    assert details


def test_models_stay(series):
    request = messages.InferRequest(model_name="mtc")
    code, _ = _infer(series, request, "RepositoryModelUnload")
    assert code == "INVALID_ARGUMENT"
    assert _ask(series, "/v2/models/mtc/ready")[0] == 200


def test_port_that_is_taken(series, tmp_path):
    for option, port in (
        ("--http_port", series.http_port),
        ("--grpc_port", series.grpc_port),
    ):
        other = [f"--{x}_port={served.free_port()}" for x in ("http", "grpc")]
        process = subprocess.run(
            [
                *(served.PYTHON, "-m", "deploy.server", shipped_model()),
                *other,
                f"{option}={port}",
            ],
            cwd=served.ROOT,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert process.returncode > 0
        assert str(port) in process.stderr
        assert "Traceback" not in process.stderr


@pytest.mark.parametrize("port", ["0", "65536"])
def test_port_that_is_none(port, tmp_path):
    process = subprocess.run(
        [
            *(served.PYTHON, "-m", "deploy.server", tmp_path),
            f"--grpc_port={port}",
        ],
        cwd=served.ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert process.returncode == 2
    assert f"expected a port from 1 to 65535, received '{port}'" in (
        process.stderr
    )


def test_export_that_is_none(tmp_path):
    process = subprocess.run(
        [served.PYTHON, "-m", "deploy.server", tmp_path],
        cwd=served.ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert process.returncode == 1
    [line] = process.stderr.splitlines()
    assert line.startswith(f"server: error: {tmp_path}/model.tflite: ")


def test_too_many_questions_at_once(series):
    """Some are told to come later, the others are answered."""
    client = open_client(parse_address(series.address("grpc")))
    rows = np.zeros((64, 10, 68), np.float32)

    def ask(number):
        try:
            client.predict({"series": rows}, [], seconds=60)
        except RemoteError as error:
            assert error.may_pass
            return error.kind
        return "answered"

    with futures.ThreadPoolExecutor(150) as executor:
        counts = collections.Counter(executor.map(ask, range(150)))
    assert set(counts) == {"answered", "UNAVAILABLE"}
    assert counts["answered"] > 64
    remote = load_classifier(series.address("grpc"))
    assert len(remote.predict(ROWS)["application"]) == 3


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_load(scheme, series, capsys):
    """Prints a rate with p50 and p99 at half and at 80 % of capacity."""
    process = subprocess.run(
        [
            *(sys.executable, "-m", "mtc_tf.cli", "load-test"),
            *(series.address(scheme), "--seconds=4"),
        ],
        cwd=served.ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    with capsys.disabled():
        print(f"\n{scheme}: {process.stdout}")
    assert process.returncode == 0, process.stdout + process.stderr
    _, _, *lines = process.stdout.splitlines()
    steps = [[float(cell) for cell in line.split()] for line in lines]
    assert len(steps) == 3
    for asked, _, answers, errors, *latencies in steps:
        assert answers == pytest.approx(4 * asked, abs=1)
        assert errors == 0
        assert 0 < latencies[0] <= latencies[2] < 4000


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_death_and_restart_under_load(scheme, series):
    """Clients that ask all the time get every answer, and the right one."""
    local = load_classifier(shipped_model() / "model.tflite")
    rows = np.random.default_rng(1).random((40, 10, 68), np.float32)
    expected = [
        local.predict(rows[number : number + 1]) for number in range(40)
    ]
    started, received = threading.Event(), [[] for _ in range(4)]
    remotes = [load_classifier(series.address(scheme)) for _ in received]

    def ask(remote, answers):
        for _ in range(5):
            for number in range(40):
                answers.append(remote.predict(rows[number : number + 1]))
                started.set()

    threads = [
        threading.Thread(target=ask, args=pair)
        for pair in zip(remotes, received, strict=True)
    ]
    for thread in threads:
        thread.start()
    started.wait(30)
    series.kill()
    at_death = sum(map(len, received))
    time.sleep(0.5)
    series.start()
    for thread in threads:
        thread.join(90)
    assert at_death < 4 * 200
    for answers in received:
        assert len(answers) == 200
        for number, answer in enumerate(answers):
            for name, values in expected[number % 40].items():
                np.testing.assert_array_equal(answer[name], values)


def test_end_in_order_answers_what_was_asked(tmp_path):
    answered = []

    def ask(remote, count):
        rows = np.zeros((count, 10, 68), np.float32)
        answered.append(len(remote.predict(rows)["application"]))

    with _served(shipped_model(), tmp_path) as server:
        # Those by gRPC keep the model busy for a second, the other waits.
        questions = [("grpc", 512)] * 4 + [("http", 2)]
        threads = [
            threading.Thread(
                target=ask,
                args=(load_classifier(server.address(scheme)), count),
            )
            for scheme, count in questions
        ]
        for thread in threads:
            thread.start()
        time.sleep(0.3)
        assert not answered[4:]
    for thread in threads:
        thread.join(60)
    assert sorted(answered) == [2, 512, 512, 512, 512]


def test_messages_are_made_of_their_proto(tmp_path):
    name = "mtc_tf/inference/remote/messages"
    subprocess.run(
        [
            *(served.PYTHON, "-m", "grpc_tools.protoc", "-I."),
            *(f"--python_out={tmp_path}", f"{name}.proto"),
        ],
        cwd=served.ROOT,
        check=True,
    )
    made = (tmp_path / f"{name}_pb2.py").read_text()
    assert made == (served.ROOT / f"{name}_pb2.py").read_text()


# Of ours -> of KServe.
_MESSAGES = {
    "InferContents": "InferTensorContents",
    "InferOutput": "ModelInferRequest.InferRequestedOutputTensor",
    "InferRequest": "ModelInferRequest",
    "InferResponse": "ModelInferResponse",
    "InferTensor": "ModelInferRequest.InferInputTensor",
}
_COMPARED = f"""
from kserve.protocol.grpc import grpc_predict_v2_pb2 as theirs
from mtc_tf.inference.remote import messages_pb2 as ours

for name, other in {_MESSAGES}.items():
    known = theirs
    for part in other.split("."):
        known = getattr(known, part)
    fields = known.DESCRIPTOR.fields_by_name
    for field in getattr(ours, name).DESCRIPTOR.fields:
        twin = fields[field.name]
        assert field.number == twin.number, field.full_name
        assert field.type == twin.type, field.full_name
        assert field.is_repeated == twin.is_repeated, field.full_name
"""


def test_fields_are_those_of_the_open_inference_protocol():
    command = [served.PYTHON, "-c", _COMPARED]
    subprocess.run(command, cwd=served.ROOT, check=True)
