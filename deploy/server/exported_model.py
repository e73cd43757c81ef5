"""A model that `mtc export` wrote, as KServe calls it."""

import asyncio
import json
from concurrent import futures

import kserve
import numpy as np
from kserve.errors import InvalidInput
from kserve.errors import ModelNotReady
from kserve.protocol.infer_type import InferOutput
from kserve.protocol.infer_type import InferRequest
from kserve.protocol.infer_type import InferResponse
from kserve.utils.numpy_codec import from_np_dtype
from kserve.utils.utils import generate_uuid

from deploy.server import requests
from mtc_tf.inference.remote.remote_model import DESCRIPTION
from mtc_tf.inference.remote.remote_model import output_names
from mtc_tf.inference.stored_model import stored_tflite
from mtc_tf.inference.tflite_file import read_tflite

# Requests that may wait for the model, beside the one that it answers.
MOST_WAITING = 64


class ExportedModel(kserve.Model):
    """Answers rows with probabilities, through LiteRT.

    Beside the outputs of the SavedModel's signature it has one by the Open
    Inference Protocol, `description`: what stands in `mtc.json`, for clients
    that know the address only. It takes no input.

    Args:
        name: str. What requests call the model.
        path: `pathlib.Path` of a TFLite file.
    """

    def __init__(self, name, path):
        super().__init__(name)
        # Once: a new export may come under the name of an old one.
        file = read_tflite(path)
        self._description = json.dumps(file.description)
        self._classifier = stored_tflite(file).load()
        self._facts = self._classifier.facts
        # LiteRT answers one caller at a time.
        self._executor = futures.ThreadPoolExecutor(max_workers=1)
        self._waiting = 0
        self.ready = True

    def get_input_types(self):
        """As KServe asks for the metadata of the model."""
        return [
            {
                "name": name,
                "datatype": from_np_dtype(np.dtype(self._facts.kind.dtype)),
                "shape": [-1, *shape],
            }
            for name, shape in requests.argument_shapes(self._facts).items()
        ]

    def get_output_types(self):
        """As KServe asks for the metadata of the model."""
        tasks = self._facts.tasks
        return [
            {
                "name": name,
                "datatype": "FP32",
                "shape": [-1, len(tasks[name])] if name in tasks else [-1],
            }
            for name in output_names(self._facts)
        ]

    async def predict(self, payload, headers=None, response_headers=None):
        """Answers a request of one of the protocols.

        Args:
            payload: dict in one of the two forms of TensorFlow Serving's REST
                interface, or `InferRequest` of the Open Inference Protocol.
            headers: of no use here.
            response_headers: of no use here.

        Returns:
            dict, or `InferResponse`.

        Raises:
            InvalidInput: if the request does not fit the model.
            Busy: if too many are waiting.
        """
        if isinstance(payload, InferRequest):
            return await self._infer(payload)
        rows, by_rows = requests.read_json_request(payload, self._facts)
        outputs = await self._probabilities(rows)
        return requests.json_answer(outputs, by_rows)

    async def _infer(self, request):
        wanted = [output.name for output in request.request_outputs or ()]
        if wanted == [DESCRIPTION]:
            text = np.array([self._description], object)
            return _response(self.name, request, {DESCRIPTION: text})
        names = output_names(self._facts)
        if not set(wanted) <= set(names):
            raise InvalidInput(
                f"expected outputs among {names}, received {wanted}"
            )
        rows = requests.read_infer_request(request, self._facts)
        outputs = await self._probabilities(rows)
        outputs = {name: outputs[name] for name in wanted or names}
        return _response(self.name, request, outputs)

    async def _probabilities(self, rows):
        if len(rows) > self._classifier.batch_size:
            raise InvalidInput(
                f"expected at most {self._classifier.batch_size} rows, "
                f"received {len(rows)}"
            )
        if self._waiting > MOST_WAITING:
            raise Busy(self.name)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._executor, self._classifier.predict, rows
            )
        finally:
            self._waiting -= 1


class Busy(ModelNotReady):
    """Too many requests wait: status 503, `UNAVAILABLE` by gRPC."""

    def __init__(self, name):
        super().__init__(name, f"{MOST_WAITING} requests wait for it.")
        # KServe's gRPC looks for it, and `ModelNotReady` has none.
        self.reason = str(self)


def _response(name, request, outputs):
    tensors = []
    for output, values in outputs.items():
        datatype = from_np_dtype(values.dtype)
        tensor = InferOutput(output, list(values.shape), datatype)
        tensor.set_data_from_numpy(values, request.use_binary_outputs)
        tensors.append(tensor)
    return InferResponse(
        response_id=request.id or generate_uuid(),
        model_name=name,
        infer_outputs=tensors,
        use_binary_outputs=request.use_binary_outputs,
        requested_outputs=request.request_outputs,
    )
