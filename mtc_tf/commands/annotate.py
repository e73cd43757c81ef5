"""`mtc annotate`: a capture with its labels as comments on the packets."""

import sys

from mtc_tf.commands.arguments import add_command
from mtc_tf.commands.arguments import path_argument
from mtc_tf.commands.capture_inputs import check_captures
from mtc_tf.commands.chosen_model import add_model
from mtc_tf.commands.chosen_model import chosen_model
from mtc_tf.commands.chosen_model import loaded
from mtc_tf.commands.chosen_model import model_files
from mtc_tf.commands.output_paths import check_not_read
from mtc_tf.errors import InputError
from mtc_tf.files.atomic import replacing
from mtc_tf.inference.label_packets import ROWS
from mtc_tf.inference.label_packets import check_rows
from mtc_tf.inference.packet_comments import packet_comments
from mtc_tf.packets import CaptureReport
from mtc_tf.packets.annotation import AnnotationReport
from mtc_tf.packets.annotation import annotate
from mtc_tf.packets.report_text import format_counts
from mtc_tf.printable import printable
from mtc_tf.printable import warning_line

_EXAMPLES = """\
examples:
  mtc annotate capture.pcap labelled.pcapng
  mtc annotate capture.pcapng.gz labelled.pcapng --model=OUT/model.tflite
  tshark -r labelled.pcapng -Y 'frame.comment contains "SIP"'
"""
_DESCRIPTION = """\
Writes the capture IN as a pcapng file in which each packet that was labelled
has its label as a comment, which Wireshark shows and finds (frame.comment).
With a model of flows, and with --by=flow, each packet of a flow has the label
of the flow, also those without a payload.

All packets are kept, with their bytes and times; of pcapng all other blocks and
options too. OUT appears when it is whole. The memory that labels of flows take
grows with the flows, and not with the packets.
"""


def add_parser(subparsers):
    """Adds `mtc annotate` to the sub-commands of an `argparse` parser."""
    parser = add_command(
        subparsers,
        "annotate",
        run,
        help="write the labels into a capture, as comments for Wireshark",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    parser.add_argument(
        "capture",
        metavar="IN",
        type=path_argument,
        help="pcap or pcapng (may be compressed)",
    )
    parser.add_argument(
        "output", metavar="OUT", type=path_argument, help="the pcapng to write"
    )
    add_model(parser)
    parser.add_argument(
        "--by", choices=ROWS, help="what is labelled, as of `mtc classify`"
    )


def run(args):
    """Runs `mtc annotate`.

    Args:
        args: `argparse.Namespace`.

    Returns:
        int. Exit code.

    Raises:
        InputError: if model or capture cannot be read, or the output not be
            written.
    """
    model, reject = chosen_model(args)
    if model.facts.features:
        raise InputError(
            f"{args.model} is a model of records; captures need one of packets "
            "or flows"
        )
    check_rows(model.facts, args.by)
    _check_paths(args.capture, args.output)
    check_not_read(args.output, [args.capture, *model_files(args)])
    check_captures([args.capture])
    labelled, written = CaptureReport(), AnnotationReport()
    comments = packet_comments(
        args.capture,
        loaded(model),
        by=args.by,
        reject=reject,
        report=labelled,
    )
    with (
        args.capture.open("rb") as capture,
        replacing(args.output) as temporary,
        temporary.open("wb") as file,
    ):
        annotate(capture, comments, file, written, args.capture)
    _tell(args, labelled, written)
    return 0


def _check_paths(capture, output):
    """Finds before the work what would make it vain."""
    # It is read twice, or by two readers at once.
    if not capture.is_file():
        raise InputError(
            f"{capture}: expected a file; a folder or a pipe cannot be "
            "annotated, nor what is not there"
        )
    if output.exists() and not output.is_file():
        raise InputError(f"{output}: is a folder or a device, not a file")
    if not output.parent.is_dir():
        raise InputError(f"{output}: there is no folder {output.parent}")


def _tell(args, labelled, written):
    """Says what was written, and what the output does not show."""
    print(
        f"{written.packets} packets written to {printable(args.output)}, "
        f"{written.comments} of them with a comment"
    )
    if labelled.dropped or labelled.truncated:
        line = f"mtc: {printable(args.capture)}: {format_counts(labelled)}"
        print(line, file=sys.stderr)
    warnings = list(labelled.warnings)
    if written.without_room:
        warnings.append(
            f"{written.without_room} packets stand in blocks that take no "
            "comment"
        )
    # Of a damaged capture the labels tell it already.
    if written.damage and not warnings:
        warnings.append(
            f"the output ends where it is damaged: {written.damage}"
        )
    for warning in warnings:
        print(warning_line(args.capture, warning), file=sys.stderr)
