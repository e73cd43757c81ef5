"""Our messages beside those of `tensorflow-serving-api`, on the wire."""

import pytest

from mtc_tf.inference.remote import messages_pb2 as messages


def _published():
    from tensorflow.core.framework import tensor_pb2
    from tensorflow.core.framework import tensor_shape_pb2
    from tensorflow_serving.apis import model_pb2
    from tensorflow_serving.apis import predict_pb2

    return {
        "Dimension": tensor_shape_pb2.TensorShapeProto.Dim,
        "ModelSpec": model_pb2.ModelSpec,
        "PredictRequest": predict_pb2.PredictRequest,
        "PredictResponse": predict_pb2.PredictResponse,
        "Tensor": tensor_pb2.TensorProto,
        "TensorShape": tensor_shape_pb2.TensorShapeProto,
    }


@pytest.mark.parametrize(
    "name",
    [
        *("Dimension", "ModelSpec", "PredictRequest"),
        *("PredictResponse", "Tensor", "TensorShape"),
    ],
)
def test_fields_are_those_of_tensorflow_serving(name):
    published = _published()[name].DESCRIPTOR.fields_by_name
    ours = getattr(messages, name).DESCRIPTOR.fields
    assert ours
    for field in ours:
        other = published[field.name]
        assert field.number == other.number
        assert field.is_repeated == other.is_repeated
        # On the wire an enumeration is an int32.
        is_enum = other.type == other.TYPE_ENUM
        assert field.type == (other.TYPE_INT32 if is_enum else other.type)
