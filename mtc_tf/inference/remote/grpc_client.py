"""gRPC: the Open Inference Protocol, or TensorFlow Serving's own."""

import grpc

from mtc_tf.inference.remote import messages_pb2 as messages
from mtc_tf.inference.remote import tensors
from mtc_tf.inference.remote.remote_error import RemoteError
from mtc_tf.inference.remote.remote_error import quoted
from mtc_tf.inference.remote.rest_client import LIMIT_BYTES
from mtc_tf.inference.saved_model import SIGNATURE

_INFER = "/inference.GRPCInferenceService/ModelInfer"
_PREDICT = "/tensorflow.serving.PredictionService/Predict"
_UNIMPLEMENTED = grpc.StatusCode.UNIMPLEMENTED.name
_OPTIONS = [
    ("grpc.max_receive_message_length", LIMIT_BYTES),
    # As by REST: the address that is given is the one that is asked.
    ("grpc.enable_http_proxy", 0),
    # Else all channels of a process to one server share a connection.
    ("grpc.use_local_subchannel_pool", 1),
    # Else a server that restarts is looked for once in two minutes at last.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
]


class GrpcClient:
    """Talks to a server over one connection.

    A server of one protocol says of the other that it does not implement it.
    So the first answer tells which it is, and no address needs to say it.

    Args:
        address: `mtc_tf.inference.remote.address.Address`.
    """

    def __init__(self, address):
        self._address = address
        host = f"[{address.host}]" if ":" in address.host else address.host
        channel = grpc.insecure_channel(f"{host}:{address.port}", _OPTIONS)
        self._infer = channel.unary_unary(
            address.folder + _INFER,
            messages.InferRequest.SerializeToString,
            messages.InferResponse.FromString,
        )
        self._predict = channel.unary_unary(
            address.folder + _PREDICT,
            messages.PredictRequest.SerializeToString,
            messages.PredictResponse.FromString,
        )
        # Labels of versions are known to TensorFlow Serving alone.
        self._is_tensorflow = bool(address.label)
        self._source = f"the answer of {address.text}"

    def predict(self, arguments, outputs, seconds):
        """Asks for the outputs of a batch.

        Args:
            arguments: dict from argument of the signature to array
                `(batch, …)`.
            outputs: list of str; these tell their names themselves.
            seconds: float. The time that there is.

        Returns:
            dict from output to array, as the server says.

        Raises:
            InputError: if the answer holds something else.
            RemoteError: if there is none.
        """
        name, label = self._address.name, self._address.label
        if not self._is_tensorflow:
            request = tensors.infer_request(name, arguments)
            try:
                response = self._call(self._infer, request, seconds)
            except RemoteError as error:
                if error.kind != _UNIMPLEMENTED:
                    raise
                self._is_tensorflow = True
            else:
                return tensors.infer_outputs(response, self._source)
        request = tensors.predict_request(name, label, SIGNATURE, arguments)
        response = self._call(self._predict, request, seconds)
        return tensors.predict_outputs(response, self._source)

    def describe(self, output, seconds):
        """Asks a server for a text, by the Open Inference Protocol.

        Args:
            output: str. The output that holds it.
            seconds: float. The time that there is.

        Returns:
            bytes.

        Raises:
            InputError, RemoteError: as of `predict`.
        """
        request = tensors.infer_request(self._address.name, outputs=[output])
        response = self._call(self._infer, request, seconds)
        return tensors.infer_text(response, self._source)

    def _call(self, method, request, seconds):
        try:
            return method(request, timeout=seconds)
        except grpc.RpcError as error:
            code = error.code()
            raise RemoteError(
                f"{self._address.text}: {code.name} "
                f"{quoted(error.details() or '')}",
                kind=code.name,
                may_pass=code is grpc.StatusCode.UNAVAILABLE,
            ) from error
