"""Asks TensorFlow Serving for the labels of a capture's packets.

  python deploy/client.py CAPTURE --export=OUT --server=http://localhost:8501

The packets are preprocessed here, as the model's training packets were: what
travels is the 1500 bytes of each, without addresses.
"""

import argparse
import json
import pathlib
import sys
import urllib.error
import urllib.request

import numpy as np

from mtc_tf.classifier import Classifier
from mtc_tf.classify import classify_capture
from mtc_tf.classify import packet_rows
from mtc_tf.errors import InputError
from mtc_tf.model_facts import parse_model_facts
from mtc_tf.row_formats import write_table

TIMEOUT_SECONDS = 60


def predict(server, packets):
    """Sends one batch to the server, through its REST interface.

    Args:
        server: str. Address, such as `http://localhost:8501`.
        packets: uint8 array of shape `(batch, 1500)`.

    Returns:
        dict from task name to array of probabilities `(batch, classes)`.

    Raises:
        InputError: if the server cannot be reached or refuses.
    """
    request = urllib.request.Request(
        f"{server}/v1/models/mtc:predict",
        json.dumps({"inputs": {"packets": packets.tolist()}}).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            outputs = json.load(answer)["outputs"]
    except urllib.error.HTTPError as error:
        raise InputError(
            f"{server} refuses: {error.read().decode()}"
        ) from error
    except urllib.error.URLError as error:
        raise InputError(f"{server}: {error.reason}") from error
    return {
        task: np.array(values, np.float32) for task, values in outputs.items()
    }


def main(arguments=None):
    """Prints a line for each packet; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("capture", type=pathlib.Path)
    parser.add_argument("--export", required=True, type=pathlib.Path)
    parser.add_argument("--server", default="http://localhost:8501")
    args = parser.parse_args(arguments)
    try:
        metadata = args.export / "mtc.json"
        facts = parse_model_facts(
            json.loads(metadata.read_text("utf-8")), metadata
        )
        if facts.features:
            raise InputError(f"{args.export} is a model of flows, not packets")
        classifier = Classifier(
            facts, function=lambda packets: predict(args.server, packets)
        )
        batches = classify_capture(args.capture, classifier)
        write_table(packet_rows(args.capture, batches, facts.tasks), sys.stdout)
    except (InputError, OSError) as error:
        print(f"client.py: error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
