"""Arrays as messages of the two gRPC protocols, and back."""

import math

import numpy as np

from mtc_tf.errors import InputError
from mtc_tf.inference.remote import messages_pb2 as messages

_INFER_TYPES = {"uint8": "UINT8", "float32": "FP32"}
_ARRAY_TYPES = {"FP32": "<f4", "FP64": "<f8"}
# Numbers of TensorFlow's `DataType`.
_FLOAT, _DOUBLE, _UINT8 = 1, 2, 4
_TENSORFLOW_TYPES = {"uint8": _UINT8, "float32": _FLOAT}


def infer_request(name, arguments=None, outputs=()):
    """Makes a request of the Open Inference Protocol.

    Args:
        name: str. The model's.
        arguments: dict from argument to uint8 or float32 array, or None.
        outputs: iterable of str. Those wanted; all if empty.

    Returns:
        `InferRequest`.
    """
    arguments = arguments or {}
    return messages.InferRequest(
        model_name=name,
        inputs=[
            messages.InferTensor(
                name=argument,
                datatype=_INFER_TYPES[values.dtype.name],
                shape=values.shape,
            )
            for argument, values in arguments.items()
        ],
        outputs=[messages.InferOutput(name=output) for output in outputs],
        raw_input_contents=[_bytes(values) for values in arguments.values()],
    )


def infer_outputs(response, source):
    """Reads an answer of the Open Inference Protocol.

    Args:
        response: `InferResponse`.
        source: str. What messages call it.

    Returns:
        dict from output to float array.

    Raises:
        InputError: if it does not hold such arrays.
    """
    raw = response.raw_output_contents
    if raw and len(raw) != len(response.outputs):
        raise InputError(
            f"{source} has {len(raw)} contents of {len(response.outputs)} "
            "outputs"
        )
    arrays = {}
    for number, tensor in enumerate(response.outputs):
        if tensor.datatype not in _ARRAY_TYPES:
            raise InputError(
                f"{source} has {tensor.name!r} of type {tensor.datatype!r}, "
                f"expected one of {list(_ARRAY_TYPES)}"
            )
        contents = tensor.contents
        arrays[tensor.name] = _array(
            raw[number] if raw else b"",
            contents.fp32_contents or contents.fp64_contents,
            _ARRAY_TYPES[tensor.datatype],
            tensor.shape,
            f"{source}: {tensor.name!r}",
        )
    return arrays


def infer_text(response, source):
    """Reads an answer that is one text.

    Args:
        response: `InferResponse`.
        source: str. What messages call it.

    Returns:
        bytes.

    Raises:
        InputError: if it is something else.
    """
    raw = list(response.raw_output_contents)
    [tensor] = response.outputs if len(response.outputs) == 1 else [None]
    if tensor is None or tensor.datatype != "BYTES":
        raise InputError(f"{source} is no text")
    if raw:
        # Each text stands behind its length, in four bytes.
        return raw[0][4:]
    return b"".join(tensor.contents.bytes_contents)


def predict_request(name, label, signature, arguments):
    """Makes a request of TensorFlow Serving.

    Args:
        name: str. The model's.
        label: str. Of one of its versions, or empty.
        signature: str.
        arguments: dict from argument to uint8 or float32 array.

    Returns:
        `PredictRequest`.
    """
    return messages.PredictRequest(
        model_spec=messages.ModelSpec(
            name=name, signature_name=signature, version_label=label
        ),
        inputs={
            argument: messages.Tensor(
                dtype=_TENSORFLOW_TYPES[values.dtype.name],
                tensor_shape=messages.TensorShape(
                    dim=[messages.Dimension(size=size) for size in values.shape]
                ),
                tensor_content=_bytes(values),
            )
            for argument, values in arguments.items()
        },
    )


def predict_outputs(response, source):
    """Reads an answer of TensorFlow Serving.

    Args:
        response: `PredictResponse`.
        source: str. What messages call it.

    Returns:
        dict from output to float array.

    Raises:
        InputError: if it does not hold such arrays.
    """
    arrays = {}
    for name, tensor in sorted(response.outputs.items()):
        if tensor.dtype not in (_FLOAT, _DOUBLE):
            raise InputError(
                f"{source} has {name!r} of type {tensor.dtype}, expected "
                f"{_FLOAT} or {_DOUBLE}"
            )
        arrays[name] = _array(
            tensor.tensor_content,
            tensor.float_val or tensor.double_val,
            "<f4" if tensor.dtype == _FLOAT else "<f8",
            [dimension.size for dimension in tensor.tensor_shape.dim],
            f"{source}: {name!r}",
        )
    return arrays


def _bytes(values):
    little = values.dtype.newbyteorder("<")
    return np.ascontiguousarray(values, little).tobytes()


def _array(content, numbers, dtype, shape, source):
    """An array of bytes or, where there are none, of numbers."""
    size = math.prod(shape)
    received = len(content) / np.dtype(dtype).itemsize or len(numbers)
    # Beside a 0 may stand what is too large for NumPy.
    largest = math.prod(max(1, length) for length in shape)
    is_shape = min(shape, default=0) >= 0 and largest < 2**31
    if not is_shape or received != size:
        raise InputError(
            f"{source} has {received:g} numbers for the shape {list(shape)}"
        )
    if content:
        return np.frombuffer(content, dtype).reshape(shape)
    return np.array(numbers, dtype).reshape(shape)
