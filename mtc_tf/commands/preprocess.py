"""`mtc preprocess`: captures to an archive of fixed-length packets."""

import argparse
import sys

import numpy as np
import tqdm

from mtc_tf.commands.arguments import add_command
from mtc_tf.commands.arguments import input_argument
from mtc_tf.commands.arguments import path_argument
from mtc_tf.commands.capture_inputs import check_captures
from mtc_tf.commands.capture_inputs import expand_folders
from mtc_tf.commands.capture_inputs import opened
from mtc_tf.commands.output_paths import check_not_read
from mtc_tf.errors import InputError
from mtc_tf.files.text_table import text_table
from mtc_tf.packets.archive import write_archive
from mtc_tf.packets.capture_files import capture_name
from mtc_tf.packets.capture_files import whole_name
from mtc_tf.packets.capture_report import CaptureReport
from mtc_tf.packets.fields import MASKS
from mtc_tf.packets.fields import RECIPES
from mtc_tf.packets.pipeline import preprocess_capture
from mtc_tf.packets.report_text import format_dropped
from mtc_tf.printable import json_line
from mtc_tf.printable import printable
from mtc_tf.printable import warning_line

_EXAMPLES = """\
examples:
  mtc preprocess capture.pcap --output=capture.npz
  mtc preprocess *.pcapng.gz --output=all.npz --recipe=paper --json
  mtc preprocess FOLDER --output=folder.npz
  tcpdump -r capture.pcap -w - udp | mtc preprocess - --output=udp.npz
  mtc preprocess capture.pcap --output=x.npz --mask=ip.ttl,transport.ports
"""
_DESCRIPTION = """\
Preprocesses captures after Section 3.2.1 of the paper. The archive, for
numpy.load, holds an entry for each kept packet: packets (uint8, 1500 bytes),
timestamps (seconds), lengths (bytes on the wire), flows (ids), and capture,
the position of the packet's capture in captures.
"""


def add_parser(subparsers):
    """Adds `mtc preprocess` to the sub-commands of an `argparse` parser."""
    parser = add_command(
        subparsers,
        "preprocess",
        run,
        help="turn captures into fixed-length packets",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    parser.add_argument(
        "captures",
        nargs="+",
        metavar="CAPTURE",
        type=input_argument,
        help="pcap or pcapng, may be compressed; a folder stands for all "
        "captures in it and below it, - for standard input",
    )
    parser.add_argument(
        "--output",
        required=True,
        metavar="FILE.npz",
        type=path_argument,
        help="the archive to write",
    )
    parser.add_argument(
        "--recipe",
        choices=RECIPES,
        default="strict",
        help="paper: its five steps; strict (default): also without what "
        "tells the addresses or the flow, such as checksums",
    )
    parser.add_argument(
        "--mask",
        action="extend",
        default=[],
        dest="masks",
        metavar="NAME[,NAME...]",
        type=_mask_names,
        help=f"further fields to set to zero: {', '.join(MASKS)}",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="print the report as one JSON object",
    )


def run(args):
    """Runs `mtc preprocess`.

    Args:
        args: `argparse.Namespace`.

    Returns:
        int. Exit code.

    Raises:
        InputError: a capture cannot be read, the archive cannot be written,
            or no packet is kept.
    """
    captures, passed_over = expand_folders(args.captures)
    for path, reason in passed_over.items():
        print(warning_line(path, f"passed over: {reason}"), file=sys.stderr)
    _check_paths(captures, args.output)
    check_captures(args.captures)
    reports = [CaptureReport() for _ in captures]
    write_archive(_chunks(args, captures, reports), args.output)
    if args.json:
        print(json_line(_summary(args, reports)))
    else:
        print(_table(reports))
        kept = sum(report.kept for report in reports)
        print(f"\n{kept} packets written to {printable(args.output)}")
    return 0


def _mask_names(text):
    names = text.split(",")
    for name in names:
        if name not in MASKS:
            raise argparse.ArgumentTypeError(
                f"expected names of {', '.join(MASKS)}; received {name!r}"
            )
    return names


def _check_paths(captures, output):
    """Finds before the work what would make it vain."""
    named = {}
    for path in captures:
        name = capture_name(str(path))
        other = named.setdefault(name, path)
        if other is not path:
            raise InputError(
                f"two captures have the name {name}: {other} and {path}; "
                "rename one, or preprocess them one by one"
            )
    check_not_read(output, captures)
    # A device, too: the archive would take its place.
    if output.exists() and not output.is_file():
        raise InputError(f"{output}: is a folder or a device, not a file")
    if not output.parent.is_dir():
        raise InputError(f"{output}: there is no folder {output.parent}")


def _chunks(args, captures, reports):
    """Yields the columns of the archive, batch by batch."""
    # None: on a terminal only.
    with tqdm.tqdm(unit=" packets", disable=None, leave=False) as progress:
        for index, (path, report) in enumerate(
            zip(captures, reports, strict=True)
        ):
            batches = preprocess_capture(
                **opened(path),
                recipe=args.recipe,
                masks=args.masks,
                # Each capture is a group of its own, as in the datasets.
                group=whole_name(capture_name(str(path))),
                report=report,
            )
            for batch in batches:
                yield {
                    "packets": batch.packets,
                    "timestamps": batch.timestamps,
                    "lengths": batch.lengths,
                    "flows": batch.flows,
                    "capture": np.full(len(batch), index, np.int32),
                }
                progress.update(len(batch))
            for warning in report.warnings:
                line = warning_line(report.capture, warning)
                progress.write(line, file=sys.stderr)
    if not any(report.kept for report in reports):
        raise InputError(
            "no packet was kept; "
            + "; ".join(
                f"{report.capture}: {report.read} read, dropped: "
                f"{format_dropped(report) or 'none'}"
                for report in reports
            )
        )
    yield {"captures": np.array([report.capture for report in reports])}


def _summary(args, reports):
    return {
        "output": str(args.output),
        "recipe": args.recipe,
        "masks": args.masks,
        "packets": sum(report.kept for report in reports),
        "captures": [report.as_dict() for report in reports],
    }


def _table(reports):
    rows = [
        {
            "capture": printable(report.capture),
            "read": report.read,
            "kept": report.kept,
            "truncated": report.truncated,
            "dropped": format_dropped(report),
        }
        for report in reports
    ]
    return text_table(rows, left=("capture", "dropped"))
