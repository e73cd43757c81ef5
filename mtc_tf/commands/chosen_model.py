"""The model that a command line names, or that of the package."""

import sys

from mtc_tf.commands import startup
from mtc_tf.commands.arguments import add_description
from mtc_tf.commands.arguments import model_argument
from mtc_tf.commands.number_argument import number_argument
from mtc_tf.errors import InputError
from mtc_tf.inference.rejection import SHIPPED_RATE
from mtc_tf.inference.stored_model import find_model
from mtc_tf.inference.stored_model import find_shipped_model


def add_model(parser):
    """Adds `--model`, and what goes with it."""
    parser.add_argument(
        "--model",
        metavar="MODEL",
        type=model_argument,
        help="a run directory, what `mtc export` wrote, or one of its .tflite "
        "files alone, which needs no TensorFlow; or a model behind a server, "
        "http(s)://HOST:PORT/NAME or grpc://HOST:PORT/NAME (default: the model "
        f"of the package, with --reject={SHIPPED_RATE})",
    )
    add_description(parser)
    parser.add_argument(
        "--reject",
        metavar="RATE",
        type=number_argument(
            "a share above 0 and below 1", lambda x: 0 < x < 1
        ),
        help="answer `unknown` what looks like none of the classes: RATE, such "
        "as 0.05, is the share of known traffic that may be rejected with it "
        "(default: everything gets a class)",
    )


def chosen_model(args):
    """Finds the model; says so where it is that of the package.

    Args:
        args: `argparse.Namespace` with the arguments of `add_model`.

    Returns:
        tuple of `StoredModel`, and the share of known traffic that may be
        rejected, a float or None.

    Raises:
        InputError: if there is none, or it cannot reject.
    """
    if args.model is None:
        model, card = find_shipped_model()
        rate = SHIPPED_RATE if args.reject is None else args.reject
        print(
            "mtc: the model of the package, of the traffic lab's captures; "
            f"`unknown` by --reject={rate:g}; its card: {card}",
            file=sys.stderr,
        )
        return model, rate
    model = find_model(args.model, args.description)
    if args.reject is not None and not model.facts.unknown:
        raise InputError(
            f"--reject needs a score of unknown traffic, which {args.model} "
            "lacks: run `mtc evaluate` on the run, and export it again"
        )
    return model, args.reject


def model_files(args):
    """The arguments of `add_model` that name something to read, in a list."""
    return [path for path in (args.model, args.description) if path is not None]


def loaded(model):
    """Loads a `StoredModel`, and TensorFlow before it where it is needed."""
    if model.needs_tensorflow:
        startup.import_tensorflow()
    return model.load()
