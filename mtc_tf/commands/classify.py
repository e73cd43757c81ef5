"""`mtc classify`: labels for captures, and for tables of flow records."""

import argparse
import sys

import tqdm

from mtc_tf.commands import startup
from mtc_tf.commands.arguments import add_command
from mtc_tf.commands.arguments import add_description
from mtc_tf.commands.arguments import can_be_read_again
from mtc_tf.commands.arguments import check_standard_input
from mtc_tf.commands.arguments import input_argument
from mtc_tf.commands.arguments import model_argument
from mtc_tf.commands.capture_inputs import check_captures
from mtc_tf.commands.capture_inputs import expand_folders
from mtc_tf.commands.capture_inputs import opened
from mtc_tf.errors import InputError
from mtc_tf.files.shipped import shipped_model
from mtc_tf.inference import row_formats
from mtc_tf.inference.label_packets import ROWS
from mtc_tf.inference.label_packets import check_rows
from mtc_tf.inference.label_packets import label_capture
from mtc_tf.inference.litert import MODEL_FILE
from mtc_tf.inference.rejection import SHIPPED_RATE
from mtc_tf.inference.stored_model import find_model
from mtc_tf.packets import CaptureReport
from mtc_tf.packets.report_text import format_counts
from mtc_tf.printable import printable
from mtc_tf.printable import warning_line

_FORMATS = {
    "table": row_formats.write_table,
    "csv": row_formats.write_csv,
    "jsonl": row_formats.write_jsonl,
}

_EXAMPLES = """\
examples:
  mtc classify capture.pcap --by=flow
  mtc classify capture.pcap --model=runs/iscx/quick
  mtc classify *.pcapng --model=OUT --by=flow --format=csv > flows.csv
  mtc classify capture.pcap --model=OUT --by=flow --reject=0.05
  mtc classify capture.pcap.gz --model=OUT/model.tflite --format=jsonl | head
  tcpdump -r capture.pcap -w - udp | mtc classify - --model=OUT
  mtc classify capture.pcap --model=http://localhost:8501/mtc --description=OUT
  mtc classify records.csv --model=runs/cicids2017/mtc --format=csv > labels.csv
"""
_DESCRIPTION = """\
Prints for each task of the model the class and its probability. What the files
are depends on what the model was trained on. With --reject a row that looks
like none of the classes is answered `unknown`, by what `mtc evaluate` measured
of known traffic.

Captures: a line for each packet that carries data, or for each flow by the mean
of its packets, with time and 5-tuple. A model of flows gives a line for each
flow, by the mean of the windows of its packets that it looks at. Packets are
preprocessed as the model's training packets were; what is dropped or cut off is
counted on standard error. A folder stands for all captures in it and below it.

Tables of flow records (CSV, as CICFlowMeter writes them): a line for each
record, with its line in the file. Columns may come in any order and among
others; values are in the units of the table. A record that lacks a value, or
has an infinite one, gets no answer.
"""


def add_parser(subparsers):
    """Adds `mtc classify` to the sub-commands of an `argparse` parser."""
    parser = add_command(
        subparsers,
        "classify",
        run,
        help="label captures or tables of flow records",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        type=input_argument,
        help="pcap or pcapng (may be compressed), a folder of such, or CSV; "
        "- is standard input",
    )
    parser.add_argument(
        "--model",
        metavar="MODEL",
        type=model_argument,
        help="a run directory, what `mtc export` wrote, or its model.tflite "
        "alone, which needs no TensorFlow; or a model behind a server, "
        "http(s)://HOST:PORT/NAME or grpc://HOST:PORT/NAME (default: the model "
        f"of the package, with --reject={SHIPPED_RATE})",
    )
    add_description(parser)
    parser.add_argument(
        "--format",
        choices=_FORMATS,
        default="table",
        help="how to print the rows (default: table)",
    )
    parser.add_argument(
        "--by",
        choices=ROWS,
        help="what a row of a capture stands for (default: packet, or flow "
        "where the model looks at flows)",
    )
    parser.add_argument(
        "--reject",
        metavar="RATE",
        type=_rate,
        help="answer `unknown` where a row looks like none of the classes: "
        "RATE, such as 0.05, is the share of known traffic that may be "
        "rejected with it (default: every row gets a class)",
    )


def run(args):
    """Runs `mtc classify`.

    Args:
        args: `argparse.Namespace`.

    Returns:
        int. Exit code.

    Raises:
        InputError: if the model or a file cannot be read, or there is nothing
            to label.
    """
    if args.model is None:
        _take_shipped_model(args)
    model = find_model(args.model, args.description)
    features = model.facts.features
    if features and args.by:
        raise InputError(
            f"--by={args.by} is for captures; {args.model} is a model of "
            "records"
        )
    check_rows(model.facts, args.by)
    if args.reject is not None and not model.facts.unknown:
        raise InputError(
            f"--reject needs a score of unknown traffic, which {args.model} "
            "lacks: run `mtc evaluate` on the run, and export it again"
        )
    # What is no capture or table is found before the model is loaded, which
    # takes seconds with TensorFlow.
    if features:
        files = _checked_tables(args.files, features)
    else:
        files = _checked_captures(args.files)
    if model.needs_tensorflow:
        startup.import_tensorflow()
    classifier = model.load()
    if features:
        blocks = _label_tables(files, classifier, args.reject)
    else:
        blocks = _label_captures(files, classifier, args.by, args.reject)
    _FORMATS[args.format](blocks, sys.stdout)
    return 0


def _take_shipped_model(args):
    """Sets the arguments that were not given, and says so."""
    args.model = shipped_model() / MODEL_FILE
    if not args.model.exists():
        raise InputError(
            "--model is missing, and this version of mtc_tf comes without a "
            "model: give a run directory or an export"
        )
    if args.reject is None:
        args.reject = SHIPPED_RATE
    print(
        "mtc: the model of the package, of the traffic lab's captures; "
        f"`unknown` by --reject={args.reject:g}; its card: "
        f"{args.model.with_name('README.md')}",
        file=sys.stderr,
    )


def _rate(text):
    """The argument of `--reject`."""
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate < 1:
        raise argparse.ArgumentTypeError(
            f"expected a share above 0 and below 1, received {text!r}"
        )
    return rate


def _checked_tables(files, features):
    # Only now: pandas takes longer to import than all the rest of `mtc`.
    from mtc_tf.features.record_table import check_record_table

    check_standard_input(files)
    for path in filter(can_be_read_again, files):
        check_record_table(path, features)
    return files


def _checked_captures(files):
    """The captures that files and folders stand for."""
    captures, passed_over = expand_folders(files)
    check_captures(files)
    for path, reason in passed_over.items():
        _warn(path, f"passed over: {reason}")
    return captures


def _label_captures(captures, classifier, by, reject):
    """Yields the rows of all captures; tells what they do not show."""
    read = kept = 0
    with _progress(" packets") as progress:
        for path in captures:
            report = CaptureReport()
            yield from label_capture(
                **opened(path),
                classifier=classifier,
                by=by,
                reject=reject,
                report=report,
                progress=progress.update,
            )
            for warning in report.warnings:
                _warn(path, warning)
            if report.dropped or report.truncated:
                line = f"mtc: {printable(path)}: {format_counts(report)}"
                print(line, file=sys.stderr)
            if not report.kept:
                _warn(path, f"no packet was kept of the {report.read} read")
            read += report.read
            kept += report.kept
    if not kept:
        raise InputError(f"no packet was kept of the {read} read")


def _label_tables(tables, classifier, reject):
    """Yields the rows of all tables; tells what they do not show."""
    from mtc_tf.inference.label_records import RecordReport
    from mtc_tf.inference.label_records import label_record_table

    read = labelled = 0
    with _progress(" records") as progress:
        for path in tables:
            report = RecordReport()
            for block in label_record_table(
                path, classifier, reject=reject, report=report
            ):
                progress.update(len(block))
                yield block
            for warning in report.warnings:
                _warn(path, warning)
            read += report.read
            labelled += report.labelled
    if not labelled:
        raise InputError(f"no record was labelled of the {read} read")


def _progress(unit):
    # Where the rows go to the terminal, they show the progress.
    is_quiet = sys.stdout.isatty() or not sys.stderr.isatty()
    return tqdm.tqdm(unit=unit, disable=is_quiet, leave=False)


def _warn(path, warning):
    print(warning_line(path, warning), file=sys.stderr)
