import contextlib

import numpy as np
import pytest
from google.protobuf.message import DecodeError
from hypothesis import example
from hypothesis import given
from hypothesis import strategies as st

from mtc_tf.errors import InputError
from mtc_tf.inference.remote import messages_pb2 as messages
from mtc_tf.inference.remote import tensors

ROWS = np.array([[0.25, 0.75], [1, 0]], np.float32)


def test_request_of_the_open_inference_protocol():
    request = tensors.infer_request("mtc", {"x": ROWS[:, 0]}, ["y"])
    assert request.model_name == "mtc"
    [tensor], [output] = request.inputs, request.outputs
    assert (tensor.name, tensor.datatype, list(tensor.shape)) == (
        "x",
        "FP32",
        [2],
    )
    assert output.name == "y"
    assert list(request.raw_input_contents) == [b"\0\0\x80\x3e\0\0\x80\x3f"]


def test_request_of_tensorflow_serving():
    rows = np.array([[1, 2, 3]], np.uint8)
    request = tensors.predict_request("mtc", "stable", "sign", {"x": rows})
    spec = request.model_spec
    assert (spec.name, spec.version_label, spec.signature_name) == (
        *("mtc", "stable", "sign"),
    )
    tensor = request.inputs["x"]
    assert (tensor.dtype, tensor.tensor_content) == (4, b"\1\2\3")
    assert [dim.size for dim in tensor.tensor_shape.dim] == [1, 3]


@pytest.mark.parametrize("datatype", ["FP32", "FP64"])
@pytest.mark.parametrize("is_raw", [True, False])
def test_answer_of_the_open_inference_protocol(datatype, is_raw):
    bits = datatype[2:]
    response = messages.InferResponse(
        outputs=[
            messages.InferTensor(name="a", datatype=datatype, shape=ROWS.shape)
        ]
    )
    if is_raw:
        content = ROWS.astype(f"float{bits}").tobytes()
        response.raw_output_contents.append(content)
    else:
        contents = response.outputs[0].contents
        getattr(contents, f"fp{bits}_contents").extend(ROWS.reshape(-1))
    outputs = tensors.infer_outputs(response, "the answer")
    np.testing.assert_array_equal(outputs["a"], ROWS)


@pytest.mark.parametrize("is_raw", [True, False])
def test_text(is_raw):
    response = messages.InferResponse(
        outputs=[messages.InferTensor(datatype="BYTES", shape=[1])]
    )
    if is_raw:
        response.raw_output_contents.append(b"\x02\0\0\0{}")
    else:
        response.outputs[0].contents.bytes_contents.append(b"{}")
    assert tensors.infer_text(response, "the answer") == b"{}"


def test_text_that_is_none():
    for outputs in ([], [messages.InferTensor(datatype="FP32")]):
        response = messages.InferResponse(outputs=outputs)
        with pytest.raises(InputError, match="the answer is no text"):
            tensors.infer_text(response, "the answer")


_BYTES = st.binary(max_size=40)
_SHAPES = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=3)
_FLOATS = st.lists(st.floats(width=32), max_size=4)


@given(
    shape=_SHAPES,
    datatype=st.sampled_from(["FP32", "FP64", "BYTES", "UINT8", ""]),
    raw=st.lists(_BYTES, max_size=2),
    numbers=_FLOATS,
)
@example(shape=[0, 2**60], datatype="FP64", raw=[], numbers=[])
@example(shape=[0, 2**31, 2**31], datatype="FP64", raw=[], numbers=[])
def test_any_answer_of_the_protocol_is_read_or_refused(
    shape, datatype, raw, numbers
):
    contents = messages.InferContents(fp32_contents=numbers)
    tensor = messages.InferTensor(
        name="a", datatype=datatype, shape=shape, contents=contents
    )
    response = messages.InferResponse(outputs=[tensor], raw_output_contents=raw)
    with contextlib.suppress(InputError):
        outputs = tensors.infer_outputs(response, "the answer")
        assert list(outputs["a"].shape) == shape
    with contextlib.suppress(InputError):
        tensors.infer_text(response, "the answer")


@given(
    shape=_SHAPES,
    dtype=st.integers(-(2**31), 2**31 - 1) | st.sampled_from([1, 2]),
    content=_BYTES,
    numbers=_FLOATS,
)
def test_any_answer_of_tensorflow_serving_is_read_or_refused(
    shape, dtype, content, numbers
):
    tensor = messages.Tensor(
        dtype=dtype,
        tensor_shape=messages.TensorShape(
            dim=[messages.Dimension(size=size) for size in shape]
        ),
        tensor_content=content,
        float_val=numbers,
    )
    response = messages.PredictResponse(outputs={"a": tensor})
    with contextlib.suppress(InputError):
        outputs = tensors.predict_outputs(response, "the answer")
        assert list(outputs["a"].shape) == shape


@given(_BYTES)
def test_any_bytes_are_read_or_refused(content):
    for message, read in (
        (messages.InferResponse, tensors.infer_outputs),
        (messages.PredictResponse, tensors.predict_outputs),
    ):
        with contextlib.suppress(InputError, DecodeError):
            read(message.FromString(content), "the answer")
