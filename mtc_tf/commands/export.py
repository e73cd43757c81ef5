"""`mtc export`: a trained run as SavedModel and TFLite, each checked."""

import sys

from mtc_tf.commands import startup
from mtc_tf.commands.arguments import add_command
from mtc_tf.commands.arguments import add_workdir
from mtc_tf.commands.arguments import path_argument
from mtc_tf.commands.number_argument import number_argument
from mtc_tf.commands.run_page import write_run_page
from mtc_tf.errors import InputError
from mtc_tf.export.artefact_facts import artefact_facts
from mtc_tf.export.macro_f1 import MAX_F1_LOSS
from mtc_tf.export.parity import ParityError
from mtc_tf.export.variants_text import variants_text
from mtc_tf.printable import printable
from mtc_tf.printable import warning_line
from mtc_tf.runs.confidence import CONFIDENCE_FILE
from mtc_tf.runs.run_directory import ARTEFACTS_FILE
from mtc_tf.runs.run_directory import load_run
from mtc_tf.runs.run_directory import write_json

_EXAMPLES = """\
examples:
  mtc export --workdir=runs/iscx/quick --output=OUT
  mtc export --workdir=runs/iscx/quick --output=OUT --max_f1_loss=0.2
"""
_DESCRIPTION = """\
Writes the model of a trained run as a SavedModel, for TensorFlow Serving and
every TensorFlow API, and as TFLite files, each of which is enough by itself and
needs no TensorFlow: float32, and smaller ones with weights in float16, with
weights in 8 bits (dynamic), and with values in 8 bits too (int8).

The SavedModel and model.tflite answer rows of the validation part as the Keras
model does, to 1e-5 (the score of unknown traffic to 1e-3), or nothing is
written. Of each TFLite file are printed the size, the largest difference, the
speed, and what it loses of macro F1 on the validation part, where the dataset
still is where it was; all of it also goes to artefacts.json in the run folder
and to the page of an evaluated run. A smaller file that loses more than
--max_f1_loss is not written.
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
    parser.add_argument(
        "--max_f1_loss",
        metavar="POINTS",
        type=number_argument("points from 0 to 100", lambda x: 0 <= x <= 100),
        default=MAX_F1_LOSS,
        help="the most points of macro F1, of 100, that a smaller TFLite file "
        f"may lose in any task (default: {MAX_F1_LOSS:g})",
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
        report = export_run(trained_run, args.output, args.max_f1_loss)
    except ParityError as error:
        raise InputError(str(error)) from error
    facts = artefact_facts(args.output, report)
    _print_report(args.output, report, facts)
    if confidence is None:
        text = (
            f"no {CONFIDENCE_FILE}, so the artefacts have neither temperatures "
            "nor the output `unknown`; `mtc evaluate` writes it"
        )
        print(warning_line(args.workdir, text), file=sys.stderr)
    try:
        write_json(args.workdir / ARTEFACTS_FILE, facts)
    except InputError as error:  # the artefacts are whole all the same
        print(warning_line(args.workdir, str(error)), file=sys.stderr)
    write_run_page(args.workdir)
    return 0


def _print_report(output, report, facts):
    for artefact, differences in report.parity.items():
        largest = ", ".join(f"{k} {v:.1e}" for k, v in differences.items())
        print(
            printable(
                f"{output / artefact}: largest difference from the Keras "
                f"model: {largest}"
            )
        )
    print(variants_text({name: facts[name] for name in report.tflite}))
    sys.stdout.flush()
    for note in report.notes:
        print(warning_line(output, note), file=sys.stderr)
