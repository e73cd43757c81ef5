"""The gRPC client against the real stubs of `tensorflow-serving-api`."""

import contextlib
import threading
from concurrent import futures

import grpc
import numpy as np
import pytest
from classify_notes import without_rate
from small_captures import DUMMY_DATA

from mtc_tf.cli import main
from mtc_tf.errors import InputError
from mtc_tf.files.shipped import shipped_model
from mtc_tf.inference.remote import messages_pb2 as messages
from mtc_tf.inference.remote import patience
from mtc_tf.inference.remote.address import parse_address
from mtc_tf.inference.remote.remote_model import open_client
from mtc_tf.inference.stored_model import load_classifier

CAPTURE = DUMMY_DATA / "aimchat2.pcap"
INFER = "/inference.GRPCInferenceService/ModelInfer"
ROWS = np.random.default_rng(0).random((3, 10, 68), np.float32)


@contextlib.contextmanager
def _listening(add_services, port=0):
    server = grpc.server(
        futures.ThreadPoolExecutor(2), options=[("grpc.so_reuseport", 0)]
    )
    add_services(server)
    port = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    try:
        yield f"grpc://127.0.0.1:{port}/mtc"
    finally:
        server.stop(None).wait()


def _prediction_service(function, by_content):
    """TensorFlow Serving's service, around a function on named arrays."""
    import tensorflow as tf
    from tensorflow_serving.apis import predict_pb2
    from tensorflow_serving.apis import prediction_service_pb2_grpc as stubs

    lock = threading.Lock()

    class Service(stubs.PredictionServiceServicer):
        def Predict(self, request, context):
            spec = request.model_spec
            if (spec.name, spec.version_label) not in (
                ("mtc", ""),
                ("mtc", "stable"),
            ):
                context.abort(grpc.StatusCode.NOT_FOUND, "Servable not found")
            assert spec.signature_name == "serving_default"
            arguments = {
                name: tf.make_ndarray(tensor)
                for name, tensor in request.inputs.items()
            }
            with lock:
                outputs = function(**arguments)
            response = predict_pb2.PredictResponse()
            for name, values in outputs.items():
                tensor = tf.make_tensor_proto(values)
                if not by_content:
                    numbers = np.frombuffer(tensor.tensor_content, "<f4")
                    tensor.ClearField("tensor_content")
                    tensor.float_val.extend(numbers)
                response.outputs[name].CopyFrom(tensor)
            return response

    return lambda server: stubs.add_PredictionServiceServicer_to_server(
        Service(), server
    )


@pytest.fixture(scope="module")
def tflite():
    return load_classifier(shipped_model() / "model.tflite")


@pytest.fixture(scope="module", params=[True, False], ids=["bytes", "numbers"])
def tensorflow_serving(tflite, request):
    service = _prediction_service(
        lambda series: tflite.predict(series), by_content=request.param
    )
    with _listening(service) as address:
        yield address


def test_probabilities_are_those_of_the_model(tensorflow_serving, tflite):
    expected = tflite.predict(ROWS)
    remote = load_classifier(tensorflow_serving, shipped_model())
    for received in (remote.predict(ROWS), remote.predict(ROWS)):
        assert sorted(received) == sorted(expected)
        for name, values in received.items():
            np.testing.assert_array_equal(values, expected[name])


@pytest.mark.slow
def test_labels_of_the_saved_model(exported_run, capsys):
    from mtc_tf.inference import saved_model

    folder = exported_run / "saved_model/1"
    function = saved_model.load_function(folder)
    service = _prediction_service(
        lambda packets: {
            name: tensor.numpy()
            for name, tensor in function(packets=packets).items()
        },
        by_content=False,
    )
    assert main(["classify", str(CAPTURE), f"--model={folder}"]) == 0
    expected = capsys.readouterr().out
    with _listening(service) as address:
        description = f"--description={exported_run}"
        call = ["classify", str(CAPTURE), f"--model={address}", description]
        assert main(call) == 0
    assert capsys.readouterr().out == expected


def test_label_of_a_version(tensorflow_serving):
    labelled = load_classifier(
        f"{tensorflow_serving}/labels/stable", shipped_model()
    )
    assert len(labelled.predict(ROWS)["application"]) == len(ROWS)
    other = load_classifier(f"{tensorflow_serving}/labels/x", shipped_model())
    with pytest.raises(InputError, match="labels/x: NOT_FOUND .Servable not"):
        other.predict(ROWS)


def test_server_that_does_not_describe_its_model(tensorflow_serving, capsys):
    call = ["classify", str(CAPTURE), f"--model={tensorflow_serving}"]
    assert main(call) == 1
    [line] = without_rate(capsys.readouterr().err).splitlines()
    assert "UNIMPLEMENTED 'Method not found!'" in line
    assert "--description=OUT does" in line


def _inferring(behaviour):
    """The service of the Open Inference Protocol, answering as told."""
    handler = grpc.unary_unary_rpc_method_handler(
        behaviour,
        messages.InferRequest.FromString,
        lambda answer: (
            answer if isinstance(answer, bytes) else answer.SerializeToString()
        ),
    )
    service, method = INFER.strip("/").split("/")
    generic = grpc.method_handlers_generic_handler(service, {method: handler})
    return lambda server: server.add_generic_rpc_handlers((generic,))


def _response(shape=(3, 14), raw=None, datatype="FP32", name="application"):
    content = np.full((3, 14), 1 / 14, "<f4").tobytes() if raw is None else raw
    return messages.InferResponse(
        outputs=[
            messages.InferTensor(name=name, datatype=datatype, shape=shape)
        ],
        raw_output_contents=[content],
    )


BAD_ANSWERS = {
    "nothing": (messages.InferResponse(), r"has the tasks \[\], but"),
    "no message": (b"\xff\xff", "INTERNAL 'Exception deserializing response"),
    "one output": (_response(), r"has the tasks \['application'\], but"),
    "text": (_response(datatype="BYTES"), "of type 'BYTES', expected one of"),
    "no type": (_response(datatype=""), "of type '', expected one of"),
    "too few": (_response(raw=b"1234"), r"1 numbers for the shape \[3, 14\]"),
    "too many": (_response(shape=(1, 2)), r"42 numbers for the shape \[1, 2\]"),
    "half": (_response(raw=bytes(166)), "41.5 numbers for the shape"),
    "below 0": (_response(shape=(-3, -14)), r"for the shape \[-3, -14\]"),
    "huge": (_response(shape=(2**62, 2**62)), "42 numbers for the shape"),
    "contents": (
        messages.InferResponse(raw_output_contents=[b"", b""]),
        "has 2 contents of 0 outputs",
    ),
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_bad_answer(name):
    answer, message = BAD_ANSWERS[name]
    with _listening(_inferring(lambda *_: answer)) as address:
        remote = load_classifier(address, shipped_model())
        with pytest.raises(InputError, match=message) as caught:
            remote.predict(ROWS)
    assert str(caught.value).isprintable()


def test_answer_that_is_too_large():
    with _listening(_inferring(lambda *_: bytes(9 * 2**20))) as address:
        remote = load_classifier(address, shipped_model())
        with pytest.raises(InputError, match="RESOURCE_EXHAUSTED"):
            remote.predict(ROWS)


def test_refusal_is_one_printable_line():
    def refuse(request, context):
        # Of more than 8 KiB, as sent, gRPC leaves some out.
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "no\n\x1b[2J" * 400)

    with _listening(_inferring(refuse)) as address:
        remote = load_classifier(address, shipped_model())
        with pytest.raises(InputError, match="INVALID_ARGUMENT") as caught:
            remote.predict(ROWS)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1500


def test_answer_that_does_not_come(monkeypatch):
    monkeypatch.setattr(patience, "DEADLINE_SECONDS", 0.2)
    done = threading.Event()

    def wait(*_):
        done.wait(5)
        return _response()

    with _listening(_inferring(wait)) as address:
        remote = load_classifier(address, shipped_model())
        with pytest.raises(InputError, match="DEADLINE_EXCEEDED"):
            remote.predict(ROWS)
        done.set()


def test_every_client_has_a_connection():
    peers = set()

    def answer(request, context):
        peers.add(context.peer())
        return _response()

    with _listening(_inferring(answer)) as address:
        for client in [open_client(parse_address(address)) for _ in range(3)]:
            client.predict({"series": ROWS}, [], seconds=5)
            client.predict({"series": ROWS}, [], seconds=5)
    assert len(peers) == 3


def test_server_that_is_not_there():
    remote = load_classifier("grpc://127.0.0.1:1/mtc", shipped_model())
    with pytest.raises(InputError, match="grpc://127.0.0.1:1/mtc: UNAVAILABLE"):
        remote.predict(ROWS)


def test_server_that_restarts(tflite):
    service = _prediction_service(
        lambda series: tflite.predict(series), by_content=True
    )
    with _listening(service) as address:
        remote = load_classifier(address, shipped_model())
        remote.predict(ROWS)
    port = int(address.split(":")[2].split("/")[0])
    again = contextlib.ExitStack()
    timer = threading.Timer(
        0.3, lambda: again.enter_context(_listening(service, port))
    )
    timer.start()
    with again:
        assert len(remote.predict(ROWS)["application"]) == len(ROWS)
        timer.join()
