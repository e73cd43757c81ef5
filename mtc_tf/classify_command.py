"""`mtc classify`: labels for captures, and for tables of flows."""

import argparse
import pathlib
import sys

import tqdm

from mtc_tf import row_formats
from mtc_tf import startup
from mtc_tf.classifier import load_classifier
from mtc_tf.classifier import read_model_facts
from mtc_tf.classify import classify_capture
from mtc_tf.classify import flow_rows
from mtc_tf.classify import packet_rows
from mtc_tf.classify_flows import classify_flow_table
from mtc_tf.errors import InputError
from mtc_tf.flow_table import check_flow_table
from mtc_tf.packets import CaptureReport
from mtc_tf.packets import read_capture

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
  mtc classify capture.pcap.gz --model=OUT --format=jsonl | head
  mtc classify flows.csv --model=runs/cicids2017/mtc --format=csv > labels.csv
"""
_DESCRIPTION = """\
Prints for each task of the model the class and its probability. What the files
are depends on what the model was trained on.

Captures: a line for each packet that carries data, or for each flow by the mean
of its packets, with time and 5-tuple. Packets are preprocessed as the model's
training packets were.

Tables of flow features (CSV, as CICFlowMeter writes them): a line for each
flow, with its line in the file. Columns may come in any order and among others;
values are in the units of the table. A flow that lacks a value, or has an
infinite one, gets no answer.
"""


def add_parser(subparsers):
    """Adds `mtc classify` to the sub-commands of an `argparse` parser."""
    parser = subparsers.add_parser(
        "classify",
        help="label captures or tables of flows",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        type=pathlib.Path,
        help="pcap or pcapng (may be compressed by gzip), or CSV",
    )
    parser.add_argument(
        "--model",
        required=True,
        metavar="DIR",
        type=pathlib.Path,
        help="a run directory, or what `python -m export` wrote",
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
    facts = read_model_facts(args.model)
    if facts.features and args.by:
        raise InputError(
            f"--by={args.by} is for captures; {args.model} is a model of flows"
        )
    # What is no capture or table is found before seconds go by for TensorFlow.
    for path in args.files:
        if path.is_fifo():  # can be read only once
            continue
        if facts.features:
            check_flow_table(path, facts.features)
        else:
            next(read_capture(path), None)
    startup.import_tensorflow()
    classifier = load_classifier(args.model)
    label = _label_tables if facts.features else _label_captures
    label(args, classifier)
    return 0


def _label_captures(args, classifier):
    reports = [CaptureReport() for _ in args.files]
    blocks = _capture_blocks(args, classifier, reports)
    _FORMATS[args.format](blocks, sys.stdout)
    if not any(report.kept for report in reports):
        read = sum(report.read for report in reports)
        raise InputError(f"no packet was kept of the {read} read")


def _capture_blocks(args, classifier, reports):
    """Yields the rows of all captures; warns of what they hide."""
    rows_of = _ROWS[args.by or "packet"]
    with _progress(" packets") as progress:
        for path, report in zip(args.files, reports, strict=True):
            batches = _counted(
                classify_capture(path, classifier, report), progress
            )
            yield from rows_of(path, batches, classifier.facts.tasks)
            for warning in report.warnings:
                _warn(path, warning)
            if not report.kept:
                _warn(path, f"no packet was kept of the {report.read} read")


def _counted(batches, progress):
    for batch, probabilities in batches:
        yield batch, probabilities
        progress.update(len(batch))


def _label_tables(args, classifier):
    counts = dict.fromkeys(("read", "labelled"), 0)
    _FORMATS[args.format](_table_blocks(args, classifier, counts), sys.stdout)
    if not counts["labelled"]:
        raise InputError(f"no flow was labelled of the {counts['read']} read")


def _table_blocks(args, classifier, counts):
    """Yields the rows of all tables; warns of flows without an answer."""
    task = next(iter(classifier.facts.tasks))
    with _progress(" flows") as progress:
        for path in args.files:
            read = labelled = 0
            for block in classify_flow_table(path, classifier):
                read += len(block)
                labelled += sum(row[task] is not None for row in block)
                progress.update(len(block))
                yield block
            counts["read"] += read
            counts["labelled"] += labelled
            if not read:
                _warn(path, "the table holds no flow")
            elif labelled < read:
                _warn(
                    path,
                    f"{read - labelled} of {read} flows have an empty or "
                    "infinite value and were not labelled",
                )


def _progress(unit):
    # Where the rows go to the terminal, they show the progress.
    is_quiet = sys.stdout.isatty() or not sys.stderr.isatty()
    return tqdm.tqdm(unit=unit, disable=is_quiet, leave=False)


def _warn(path, warning):
    print(f"mtc: warning: {path}: {warning}", file=sys.stderr)
