"""Asks TensorFlow Serving for the labels of a capture's packets.

  python deploy/client.py CAPTURE --export=OUT --server=http://localhost:8501

The packets are preprocessed here, as the model's training packets were: what
travels is the 1500 bytes of each, without addresses, or the windows of a flow
that a model of flows looks at. What comes back is
believed only as far as it fits the description of the model in OUT.
"""

import argparse
import contextlib
import http.client
import json
import pathlib
import socket
import sys
import threading
import urllib.parse
from typing import NotRequired

import numpy as np
from typing_extensions import TypedDict

from mtc_tf.errors import InputError
from mtc_tf.errors import first_line
from mtc_tf.files.json_files import List
from mtc_tf.files.json_files import parse_json
from mtc_tf.files.json_files import read_json
from mtc_tf.inference.label_packets import label_capture
from mtc_tf.inference.row_classifier import RowClassifier
from mtc_tf.inference.row_formats import write_table
from mtc_tf.printable import printable
from mtc_tf.runs.confidence import UNKNOWN
from mtc_tf.runs.model_facts import ARGUMENTS
from mtc_tf.runs.model_facts import ModelDescription
from mtc_tf.runs.model_facts import parse_model_facts

# From the first byte sent to the last one received.
TIMEOUT_SECONDS = 60
# An answer to 128 packets with 35 classes takes 100 kB.
LIMIT_BYTES = 8 * 2**20
_QUOTED_BYTES = 300
_CONNECTIONS = {
    "http": http.client.HTTPConnection,
    "https": http.client.HTTPSConnection,
}


class _Outputs(TypedDict, extra_items=List[List[float]]):
    """A row of probabilities for each task, and a number of `unknown`."""

    unknown: NotRequired[List[float]]


class _Answer(TypedDict):
    """What the REST interface answers to `inputs`."""

    outputs: _Outputs


def predict(server, rows, argument="packets"):
    """Sends one batch to the server, through its REST interface.

    Args:
        server: str. Address, such as `http://localhost:8501`.
        rows: array of shape `(batch, …)`, as of `ModelFacts.arguments`.
        argument: str. Name of the one argument of the served signature.

    Returns:
        dict from task name to array `(batch, classes)`, as the server says.

    Raises:
        InputError: if the address is none, if the server cannot be reached,
            refuses, takes too long, or answers something else.
    """
    connection, path = _connection(server)
    body = json.dumps({"inputs": {argument: rows.tolist()}})
    with contextlib.closing(connection):
        try:
            connection.connect()
            with _deadline(connection.sock):
                connection.request(
                    "POST",
                    f"{path}/v1/models/mtc:predict",
                    body,
                    {"Content-Type": "application/json"},
                )
                response = connection.getresponse()
                content = response.read(LIMIT_BYTES + 1)
        # UnicodeError: the name of the server is none.
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            raise InputError(f"{server}: {_reason(error)}") from error
    if response.status != http.client.OK:
        raise InputError(
            f"{server} refuses: {response.status} {_quote(content)}"
        )
    if len(content) > LIMIT_BYTES:
        raise InputError(f"{server} answers with more than {LIMIT_BYTES} bytes")
    if response.length:
        raise InputError(
            f"{server} breaks off; {response.length} bytes are missing"
        )
    return parse_answer(content, server)


def parse_answer(content, server):
    """Reads what the server answered.

    Args:
        content: bytes.
        server: str. Its address, for messages.

    Returns:
        as `predict`.

    Raises:
        InputError: if it is something else.
    """
    answer = parse_json(content, _Answer, f"the answer of {server}")
    return {
        name: _array(server, name, rows)
        for name, rows in answer["outputs"].items()
    }


def _connection(server):
    """Reads an address; returns a connection, and the path below it."""
    try:
        parts = urllib.parse.urlsplit(server)
        connection = _CONNECTIONS[parts.scheme](
            parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS
        )
        is_address = (
            bool(parts.hostname)
            and parts.path.isascii()
            and server.isprintable()
            and not set(server) & set(" @?#")
        )
    except (ValueError, KeyError, http.client.InvalidURL):
        is_address = False
    if not is_address:
        raise InputError(
            "--server takes an address such as http://localhost:8501, "
            f"received {server!r}"
        )
    return connection, parts.path.rstrip("/")


@contextlib.contextmanager
def _deadline(connected):
    """Ends a conversation that goes on too long.

    The time limit of a socket starts again with each byte that comes.
    """
    is_over = threading.Event()

    def end():
        is_over.set()
        # The other side may have gone.
        with contextlib.suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(TIMEOUT_SECONDS, end)
    timer.start()
    try:
        yield
    except (OSError, http.client.HTTPException):
        if not is_over.is_set():
            raise
    finally:
        timer.cancel()
    if is_over.is_set():
        raise TimeoutError(f"no whole answer within {TIMEOUT_SECONDS} seconds")


def _reason(error):
    if isinstance(error, http.client.BadStatusLine):
        return "this is no HTTP"
    if isinstance(error, http.client.HTTPException):
        return f"this is no proper HTTP: {type(error).__name__}"
    return getattr(error, "strerror", None) or first_line(error)


def _quote(content):
    """One line of what a server says, of characters that do no harm."""
    text = content[:_QUOTED_BYTES].decode(errors="replace")
    return repr(" ".join(text.split()))


def _array(server, name, rows):
    if name != UNKNOWN and len(set(map(len, rows))) > 1:
        raise InputError(
            f"the answer of {server} has rows of several lengths for {name}"
        )
    return np.array(rows, np.float64)


def main(arguments=None):
    """Prints a line for each packet or flow; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("capture", type=pathlib.Path)
    parser.add_argument("--export", required=True, type=pathlib.Path)
    parser.add_argument("--server", default="http://localhost:8501")
    args = parser.parse_args(arguments)
    try:
        metadata = args.export / "mtc.json"
        facts = parse_model_facts(
            read_json(metadata, ModelDescription), metadata
        )
        if facts.features:
            raise InputError(
                f"{args.export} is a model of records, not packets"
            )
        argument = ARGUMENTS[facts.kind.name]
        classifier = RowClassifier(
            facts, function=lambda rows: predict(args.server, rows, argument)
        )
        write_table(label_capture(args.capture, classifier), sys.stdout)
    except (InputError, OSError) as error:
        print(f"client.py: error: {printable(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("client.py: interrupted", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
