"""A model behind a server, as a function like those of files."""

import pathlib

from mtc_tf.errors import InputError
from mtc_tf.errors import first_line
from mtc_tf.extras import missing
from mtc_tf.files.json_files import parse_json
from mtc_tf.files.json_files import read_json
from mtc_tf.inference.remote.address import parse_address
from mtc_tf.inference.remote.patience import Patience
from mtc_tf.inference.remote.remote_error import RemoteError
from mtc_tf.inference.remote.rest_client import RestClient
from mtc_tf.inference.tflite_archive import METADATA_FILE
from mtc_tf.runs.confidence import UNKNOWN
from mtc_tf.runs.model_facts import ModelDescription
from mtc_tf.runs.model_facts import parse_model_facts

# The output by which a server of ours says what its model is for.
DESCRIPTION = "description"


def find_remote_model(text, description=None):
    """Finds out what a model behind a server is for.

    Args:
        text: str. Its address, as of `parse_address`.
        description: str or path of an export of the model, or of the
            `mtc.json` in it; None to ask the server, which TensorFlow Serving
            cannot answer.

    Returns:
        tuple of `ModelFacts`, and a callable like `RowClassifier.function`
        that asks the server. It raises `InputError`.

    Raises:
        InputError: if the address is none, if the description is none or the
            server does not give it.
    """
    address = parse_address(text)
    client = open_client(address)
    patience = Patience()
    if description is None:
        content = patience.ask(lambda seconds: _described(client, seconds))
        source = f"the description of {text}"
        metadata = parse_json(content, ModelDescription, source)
    else:
        source = pathlib.Path(description)
        if source.is_dir():
            source /= METADATA_FILE
        try:
            metadata = read_json(source, ModelDescription)
        except FileNotFoundError as error:
            raise InputError(f"{source}: {error.strerror}") from None
    facts = parse_model_facts(metadata, source)
    outputs = output_names(facts)

    def probabilities(rows):
        arguments = facts.arguments(rows)
        return patience.ask(
            lambda seconds: client.predict(arguments, outputs, seconds)
        )

    return facts, probabilities


def output_names(facts):
    """Returns the list of the outputs that a model with these facts has."""
    return [*facts.tasks, *([UNKNOWN] if facts.unknown else [])]


def open_client(address):
    """Makes what talks to a server; it connects when it is first asked.

    Args:
        address: `Address`.

    Returns:
        `RestClient` or `GrpcClient`.

    Raises:
        InputError: if the libraries for gRPC are not installed, or too old.
    """
    if address.scheme != "grpc":
        return RestClient(address)
    try:  # they are an extra of the package
        from mtc_tf.inference.remote.grpc_client import GrpcClient
    except ModuleNotFoundError as error:
        raise missing(address.text, error.name, "grpc") from error
    except Exception as error:  # protobuf's own, which older ones do not have
        raise InputError(
            f"{address.text} needs newer libraries: {first_line(error)}; "
            "`pip install --upgrade 'mtc-tf[grpc]'` brings them"
        ) from error
    return GrpcClient(address)


def _described(client, seconds):
    try:
        return client.describe(DESCRIPTION, seconds)
    except RemoteError as error:
        # Whoever is there and does not know the question.
        if error.kind in ("status 404", "status 405", "UNIMPLEMENTED"):
            raise InputError(
                f"{error}; where the server does not say what its model is "
                "for, --description=OUT does, with what `mtc export` wrote"
            ) from error
        raise
