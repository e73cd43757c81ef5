"""`mtc classify`: labels for captures, and for tables of flow records."""

import argparse
import functools
import sys

import tqdm

from mtc_tf.commands import startup
from mtc_tf.commands.arguments import can_be_read_again
from mtc_tf.commands.arguments import check_standard_input
from mtc_tf.commands.arguments import input_argument
from mtc_tf.commands.arguments import path_argument
from mtc_tf.commands.capture_inputs import check_captures
from mtc_tf.commands.capture_inputs import expand_folders
from mtc_tf.commands.capture_inputs import opened
from mtc_tf.errors import InputError
from mtc_tf.features.record_table import check_record_table
from mtc_tf.inference import row_formats
from mtc_tf.inference.label_packets import classify_capture
from mtc_tf.inference.label_packets import flow_rows
from mtc_tf.inference.label_packets import packet_rows
from mtc_tf.inference.label_records import classify_record_table
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
_ROWS = {"packet": packet_rows, "flow": flow_rows}

_EXAMPLES = """\
examples:
  mtc classify capture.pcap --model=runs/iscx/quick
  mtc classify *.pcapng --model=OUT --by=flow --format=csv > flows.csv
  mtc classify capture.pcap.gz --model=OUT/model.tflite --format=jsonl | head
  tcpdump -r capture.pcap -w - udp | mtc classify - --model=OUT
  mtc classify records.csv --model=runs/cicids2017/mtc --format=csv > labels.csv
"""
_DESCRIPTION = """\
Prints for each task of the model the class and its probability. What the files
are depends on what the model was trained on.

Captures: a line for each packet that carries data, or for each flow by the mean
of its packets, with time and 5-tuple. Packets are preprocessed as the model's
training packets were; what is dropped or cut off is counted on standard error.
A folder stands for all captures in it and below it.

Tables of flow records (CSV, as CICFlowMeter writes them): a line for each
record, with its line in the file. Columns may come in any order and among
others; values are in the units of the table. A record that lacks a value, or
has an infinite one, gets no answer.
"""


def add_parser(subparsers):
    """Adds `mtc classify` to the sub-commands of an `argparse` parser."""
    parser = subparsers.add_parser(
        "classify",
        help="label captures or tables of flow records",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
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
        required=True,
        metavar="MODEL",
        type=path_argument,
        help="a run directory, what `mtc export` wrote, or its model.tflite "
        "alone, which needs no TensorFlow",
    )
    parser.add_argument(
        "--format",
        choices=_FORMATS,
        default="table",
        help="how to print the rows (default: table)",
    )
    parser.add_argument(
        "--by",
        choices=_ROWS,
        help="what a row of a capture stands for (default: packet)",
    )
    parser.set_defaults(run=run)


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
    model = find_model(args.model)
    facts = model.facts
    if facts.features and args.by:
        raise InputError(
            f"--by={args.by} is for captures; {args.model} is a model of "
            "records"
        )
    # What is no capture or table is found before seconds go by for TensorFlow.
    collect = _collect_tables if facts.features else _collect_captures
    files = collect(args.files, facts)
    if model.needs_tensorflow:
        startup.import_tensorflow()
    classifier = model.load()
    label = _label_tables if facts.features else _label_captures
    label(args, files, classifier)
    return 0


def _collect_tables(files, facts):
    check_standard_input(files)
    for path in filter(can_be_read_again, files):
        check_record_table(path, facts.features)
    return files


def _collect_captures(files, _):
    captures, passed_over = expand_folders(files)
    check_captures(files)
    for path, reason in passed_over.items():
        _warn(path, f"passed over: {reason}")
    return captures


def _label_captures(args, captures, classifier):
    reports = [CaptureReport() for _ in captures]
    blocks = _capture_blocks(args, captures, classifier, reports)
    _FORMATS[args.format](blocks, sys.stdout)
    if not any(report.kept for report in reports):
        read = sum(report.read for report in reports)
        raise InputError(f"no packet was kept of the {read} read")


def _capture_blocks(args, captures, classifier, reports):
    """Yields the rows of all captures; tells what they do not show."""
    rows_of = _ROWS[args.by or "packet"]
    with _progress(" packets") as progress:
        for path, report in zip(captures, reports, strict=True):
            batches = _counted(
                classify_capture(
                    **opened(path), classifier=classifier, report=report
                ),
                progress,
            )
            yield from rows_of(path, batches, classifier.facts.tasks)
            for warning in report.warnings:
                _warn(path, warning)
            if report.dropped or report.truncated:
                line = f"mtc: {printable(path)}: {format_counts(report)}"
                print(line, file=sys.stderr)
            if not report.kept:
                _warn(path, f"no packet was kept of the {report.read} read")


def _counted(batches, progress):
    for batch, probabilities in batches:
        yield batch, probabilities
        progress.update(len(batch))


def _label_tables(args, paths, classifier):
    counts = dict.fromkeys(("read", "labelled"), 0)
    _FORMATS[args.format](_table_blocks(paths, classifier, counts), sys.stdout)
    if not counts["labelled"]:
        raise InputError(f"no record was labelled of the {counts['read']} read")


def _table_blocks(paths, classifier, counts):
    """Yields the rows of all tables; warns of records without an answer."""
    task = next(iter(classifier.facts.tasks))
    with _progress(" records") as progress:
        for path in paths:
            read = labelled = 0
            warn = functools.partial(_warn, path)
            for block in classify_record_table(path, classifier, warn=warn):
                read += len(block)
                labelled += sum(row[task] is not None for row in block)
                progress.update(len(block))
                yield block
            counts["read"] += read
            counts["labelled"] += labelled
            if not read:
                _warn(path, "the table holds no record")
            elif labelled < read:
                _warn(
                    path,
                    f"{read - labelled} of {read} records have an empty or "
                    "infinite value and were not labelled",
                )


def _progress(unit):
    # Where the rows go to the terminal, they show the progress.
    is_quiet = sys.stdout.isatty() or not sys.stderr.isatty()
    return tqdm.tqdm(unit=unit, disable=is_quiet, leave=False)


def _warn(path, warning):
    print(warning_line(path, warning), file=sys.stderr)
