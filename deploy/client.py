"""Asks a server for the labels of a capture's packets, or of its flows.

  python deploy/client.py CAPTURE --server=http://localhost:8501/mtc

An example of the library, for TensorFlow Serving and KServe, by REST (`http://`)
and gRPC (`grpc://`); `mtc classify --model=http://…` does more. The packets are
preprocessed here, as the model's training packets were: what travels is the
1500 bytes of each, without addresses, or the windows of a flow that a model of
flows looks at. What comes back is believed only as far as it fits the
description of the model.
"""

import argparse
import pathlib
import sys

from mtc_tf.errors import InputError
from mtc_tf.inference.label_packets import label_capture
from mtc_tf.inference.remote.remote_model import find_remote_model
from mtc_tf.inference.row_classifier import RowClassifier
from mtc_tf.inference.row_formats import write_table
from mtc_tf.printable import printable


def main(arguments=None):
    """Prints a line for each packet or flow; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("capture", type=pathlib.Path)
    parser.add_argument("--server", default="http://localhost:8501/mtc")
    parser.add_argument(
        "--export",
        help="what the server has its model from; KServe as of `make serve` "
        "says itself what that is for, TensorFlow Serving cannot",
    )
    args = parser.parse_args(arguments)
    try:
        classifier = RowClassifier(*find_remote_model(args.server, args.export))
        if classifier.facts.features:
            raise InputError(
                f"{args.server} is a model of records, not packets"
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
