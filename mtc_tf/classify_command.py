"""`mtc classify`: labels for the packets or the flows of captures."""

import argparse
import pathlib
import sys

import tqdm

from mtc_tf import row_formats
from mtc_tf import startup
from mtc_tf.classifier import load_classifier
from mtc_tf.classify import classify_capture
from mtc_tf.classify import flow_rows
from mtc_tf.classify import packet_rows
from mtc_tf.errors import InputError
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
"""
_DESCRIPTION = """\
Prints a line for each packet that carries data, or for each flow by the mean
of its packets: time, 5-tuple, and for each task of the model the class and its
probability. Packets are preprocessed as the model's training packets were.
"""


def add_parser(subparsers):
    """Adds `mtc classify` to the sub-commands of an `argparse` parser."""
    parser = subparsers.add_parser(
        "classify",
        help="label the packets or flows of captures",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "captures",
        nargs="+",
        metavar="CAPTURE",
        type=pathlib.Path,
        help="pcap or pcapng file, may be compressed by gzip",
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
        default="packet",
        help="what a row stands for (default: packet)",
    )
    parser.set_defaults(run=run)


def run(args):
    """Runs `mtc classify`.

    Args:
        args: `argparse.Namespace`.

    Returns:
        int. Exit code.

    Raises:
        InputError: if the model or a capture cannot be read, or no packet is
            kept.
    """
    _check_captures(args.captures)
    startup.import_tensorflow()
    classifier = load_classifier(args.model)
    reports = [CaptureReport() for _ in args.captures]
    blocks = _blocks(args, classifier, reports)
    _FORMATS[args.format](blocks, sys.stdout)
    if not any(report.kept for report in reports):
        read = sum(report.read for report in reports)
        raise InputError(f"no packet was kept of the {read} read")
    return 0


def _check_captures(captures):
    """Finds what is no capture, before seconds go by for TensorFlow."""
    for path in captures:
        if not path.is_fifo():  # can be read only once
            next(read_capture(path), None)


def _blocks(args, classifier, reports):
    """Yields the rows of all captures; warns of what they hide."""
    # Where the rows go to the terminal, they show the progress.
    is_quiet = sys.stdout.isatty() or not sys.stderr.isatty()
    with tqdm.tqdm(unit=" packets", disable=is_quiet, leave=False) as progress:
        for path, report in zip(args.captures, reports, strict=True):
            batches = _counted(
                classify_capture(path, classifier, report), progress
            )
            yield from _ROWS[args.by](path, batches, classifier.tasks)
            for warning in report.warnings:
                _warn(path, warning)
            if not report.kept:
                _warn(path, f"no packet was kept of the {report.read} read")


def _counted(batches, progress):
    for batch, probabilities in batches:
        yield batch, probabilities
        progress.update(len(batch))


def _warn(path, warning):
    print(f"mtc: warning: {path}: {warning}", file=sys.stderr)
