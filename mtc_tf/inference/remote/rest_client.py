"""TensorFlow Serving's REST interface, which KServe answers too."""

import contextlib
import http.client
import json
import time
from typing import NotRequired

import numpy as np
from typing_extensions import TypedDict

from mtc_tf.errors import InputError
from mtc_tf.errors import first_line
from mtc_tf.files.json_files import List
from mtc_tf.files.json_files import parse_json
from mtc_tf.inference.remote.deadline import deadline
from mtc_tf.inference.remote.open_connection import open_connection
from mtc_tf.inference.remote.remote_error import RemoteError
from mtc_tf.inference.remote.remote_error import quoted
from mtc_tf.runs.confidence import UNKNOWN

# An answer to 128 packets with 35 classes takes 100 kB.
LIMIT_BYTES = 8 * 2**20


class _Outputs(TypedDict, extra_items=List[List[float]]):
    """A row of probabilities for each task, and a number of `unknown`."""

    unknown: NotRequired[List[float]]


class _Answer(TypedDict):
    """What is answered to `inputs`."""

    outputs: _Outputs


class _OnlyOutput(TypedDict):
    """What is answered where the model has one output: it has no name."""

    outputs: List[List[float]]


class _Tensor(TypedDict):
    data: List[str]


class _Description(TypedDict):
    """What the Open Inference Protocol answers of one text."""

    outputs: List[_Tensor]


def parse_answer(content, outputs, source):
    """Reads what a server answered.

    Args:
        content: bytes.
        outputs: list of str. The outputs that the model should have.
        source: str. What messages call the answer.

    Returns:
        dict from output to array, as the server says.

    Raises:
        InputError: if it is something else.
    """
    if len(outputs) == 1:
        answer = parse_json(content, _OnlyOutput, source)
        answer = {outputs[0]: answer["outputs"]}
    else:
        answer = parse_json(content, _Answer, source)["outputs"]
    return {name: _array(rows, name, source) for name, rows in answer.items()}


class RestClient:
    """Talks to a server over one connection; for one thread.

    Args:
        address: `mtc_tf.inference.remote.address.Address`.
    """

    def __init__(self, address):
        self._address = address
        self._connection = None
        version = f"/labels/{address.label}" if address.label else ""
        self._path = f"/v1/models/{address.name}{version}:predict"

    def predict(self, arguments, outputs, seconds):
        """Asks for the outputs of a batch.

        Args:
            arguments: dict from argument of the signature to array
                `(batch, …)`.
            outputs: list of str. The outputs that the model should have.
            seconds: float. The time that there is.

        Returns:
            dict from output to array, as the server says.

        Raises:
            InputError: if the answer is not in this format.
            RemoteError: if there is none.
        """
        columns = {name: rows.tolist() for name, rows in arguments.items()}
        content = self._post(self._path, {"inputs": columns}, seconds)
        return parse_answer(
            content, outputs, f"the answer of {self._address.text}"
        )

    def describe(self, output, seconds):
        """Asks a server for a text, by the Open Inference Protocol.

        Args:
            output: str. The output that holds it.
            seconds: float. The time that there is.

        Returns:
            str.

        Raises:
            InputError, RemoteError: as of `predict`.
        """
        question = {"inputs": [], "outputs": [{"name": output}]}
        path = f"/v2/models/{self._address.name}/infer"
        content = self._post(path, question, seconds)
        source = f"the answer of {self._address.text}"
        answer = parse_json(content, _Description, source)
        texts = [text for item in answer["outputs"] for text in item["data"]]
        if len(texts) != 1:
            raise InputError(f"{source} has {len(texts)} texts, expected one")
        return texts[0]

    def _post(self, path, question, seconds):
        """Returns the body of an answer that is one."""
        server, body = self._address.text, json.dumps(question)
        try:
            response, content = self._exchange(path, body, seconds)
        # UnicodeError: the name of the server is none.
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            raise _remote_error(server, error) from error
        if response.status != http.client.OK:
            raise RemoteError(
                f"{server} refuses: {response.status} {quoted(content)}",
                kind=f"status {response.status}",
                may_pass=response.status == http.client.SERVICE_UNAVAILABLE,
            )
        if len(content) > LIMIT_BYTES:
            raise RemoteError(
                f"{server} answers with more than {LIMIT_BYTES} bytes",
                kind="too long an answer",
            )
        if response.length:
            raise RemoteError(
                f"{server} breaks off; {response.length} bytes are missing",
                kind="half an answer",
                may_pass=True,
            )
        return content

    def _exchange(self, path, body, seconds):
        """Sends and receives; keeps the connection if all went well."""
        end = time.monotonic() + seconds
        connection = self._connection or open_connection(self._address, end)
        self._connection = None
        try:
            with deadline(connection.sock, end):
                # A server that refuses a body may close without reading it.
                with contextlib.suppress(BrokenPipeError):
                    connection.request(
                        "POST",
                        self._address.folder + path,
                        body,
                        {"Content-Type": "application/json"},
                    )
                response = connection.getresponse()
                content = response.read(LIMIT_BYTES + 1)
            if response.isclosed() and not response.will_close:
                self._connection, connection = connection, None
        finally:
            if connection is not None:
                connection.close()
        return response, content


def _remote_error(server, error):
    may_pass = isinstance(error, ConnectionError | http.client.IncompleteRead)
    if isinstance(error, http.client.RemoteDisconnected):
        kind = reason = "no answer"
    elif isinstance(error, http.client.BadStatusLine):
        kind = reason = "this is no HTTP"
    elif isinstance(error, http.client.HTTPException):
        kind = reason = f"this is no proper HTTP: {type(error).__name__}"
    else:
        reason = getattr(error, "strerror", None) or first_line(error)
        kind = type(error).__name__
    return RemoteError(f"{server}: {reason}", kind, may_pass)


def _array(rows, name, source):
    if name != UNKNOWN and len(set(map(len, rows))) > 1:
        raise InputError(f"{source} has rows of several lengths for {name}")
    return np.array(rows, np.float64)
