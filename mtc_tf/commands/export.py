"""`mtc export`: a trained run as SavedModel and TFLite, each checked."""

import sys

from mtc_tf.commands import startup
from mtc_tf.commands.arguments import add_command
from mtc_tf.commands.arguments import add_workdir
from mtc_tf.commands.arguments import path_argument
from mtc_tf.commands.run_page import write_run_page
from mtc_tf.errors import InputError
from mtc_tf.export.artefact_facts import artefact_facts
from mtc_tf.export.parity import ParityError
from mtc_tf.printable import printable
from mtc_tf.printable import warning_line
from mtc_tf.runs.confidence import CONFIDENCE_FILE
from mtc_tf.runs.run_directory import ARTEFACTS_FILE
from mtc_tf.runs.run_directory import load_run
from mtc_tf.runs.run_directory import write_json

_EXAMPLES = """\
examples:
  mtc export --workdir=runs/iscx/quick --output=OUT
"""
_DESCRIPTION = """\
Writes the model of a trained run as a SavedModel, for TensorFlow Serving and
every TensorFlow API, and as a TFLite file, which needs no TensorFlow. Each
artefact answers rows of the validation part as the Keras model does, to 1e-5
(the score of unknown traffic to 1e-3), or nothing is written. Sizes and
differences also go to artefacts.json in the run directory and to the page of an
evaluated run.
"""


def add_parser(subparsers):
    """Adds `mtc export` to the sub-commands of an `argparse` parser."""
    parser = add_command(
        subparsers,
        "export",
        run,
        help="write a trained run as SavedModel and TFLite",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    add_workdir(parser)
    parser.add_argument(
        "--output",
        required=True,
        metavar="OUT",
        type=path_argument,
        help="a new folder for the artefacts",
    )


def run(args):
    """Runs `mtc export`.

    Args:
        args: `argparse.Namespace`.

    Returns:
        int. Exit code.

    Raises:
        InputError: if the run cannot be read, the output not be written, or
            an artefact does not agree with the Keras model.
    """
    trained_run = load_run(args.workdir)
    confidence = trained_run.load_confidence()
    # Only now: what is wrong with the run shows without TensorFlow.
    startup.import_tensorflow()
    from mtc_tf.export.artifacts import export_run

    try:
        parity = export_run(trained_run, args.output)
    except ParityError as error:
        raise InputError(str(error)) from error
    for artefact, differences in parity.items():
        largest = ", ".join(f"{k} {v:.1e}" for k, v in differences.items())
        print(
            printable(
                f"{args.output / artefact}: largest difference from the Keras "
                f"model: {largest}"
            ),
            flush=True,
        )
    if confidence is None:
        text = (
            f"no {CONFIDENCE_FILE}, so the artefacts have neither temperatures "
            "nor the output `unknown`; `mtc evaluate` writes it"
        )
        print(warning_line(args.workdir, text), file=sys.stderr)
    try:
        write_json(
            args.workdir / ARTEFACTS_FILE, artefact_facts(args.output, parity)
        )
    except InputError as error:  # the artefacts are whole all the same
        print(warning_line(args.workdir, str(error)), file=sys.stderr)
    write_run_page(args.workdir)
    return 0
