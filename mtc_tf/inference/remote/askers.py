"""Functions that ask a server for real rows, for a load test."""

from mtc_tf.errors import InputError
from mtc_tf.inference.probabilities import checked_probabilities
from mtc_tf.inference.remote.address import parse_address
from mtc_tf.inference.remote.remote_model import find_remote_model
from mtc_tf.inference.remote.remote_model import open_client
from mtc_tf.inference.remote.remote_model import output_names
from mtc_tf.inference.remote.sample_rows import sample_rows

# Different rows, so that no cache can answer for the model.
_MOST_ROWS = 2048
_QUESTION_SECONDS = 30


def make_askers(text, description, capture, rows, connections):
    """Makes a function that asks for each of some connections.

    Args:
        text: str. The address of a model of packets or flows.
        description: as of `find_remote_model`.
        capture: path. Where the rows come from.
        rows: int. Rows in a question.
        connections: int.

    Returns:
        list of callables, as of `load_step`. Each checks the answer as
        `RowClassifier` does, and asks once only.

    Raises:
        InputError: if the model or the capture are of no use.
    """
    facts, _ = find_remote_model(text, description)
    if facts.features:
        raise InputError(
            f"{text} is a model of records, expected one of packets or flows"
        )
    sample = sample_rows(capture, facts, _MOST_ROWS)
    address, outputs = parse_address(text), output_names(facts)

    def asker(client):
        def ask(number):
            chosen = range(number * rows, (number + 1) * rows)
            part = sample.take(chosen, axis=0, mode="wrap")
            arguments = facts.arguments(part)
            checked_probabilities(
                client.predict(arguments, outputs, _QUESTION_SECONDS),
                facts.tasks,
                rows,
                has_unknown=bool(facts.unknown),
            )

        return ask

    return [asker(open_client(address)) for _ in range(connections)]
