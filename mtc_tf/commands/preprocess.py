"""`mtc preprocess`: captures to a file of fixed-length packets."""

import argparse
import sys

from mtc_tf.commands.arguments import add_command
from mtc_tf.commands.arguments import input_argument
from mtc_tf.commands.arguments import path_argument
from mtc_tf.commands.capture_inputs import check_captures
from mtc_tf.commands.capture_inputs import expand_folders
from mtc_tf.commands.output_paths import check_not_read
from mtc_tf.commands.packet_files import check_suffix
from mtc_tf.commands.packet_files import write_packets
from mtc_tf.commands.preprocessed_captures import preprocessed
from mtc_tf.errors import InputError
from mtc_tf.files.text_table import text_table
from mtc_tf.packets.capture_files import capture_name
from mtc_tf.packets.capture_report import CaptureReport
from mtc_tf.packets.fields import MASKS
from mtc_tf.packets.fields import RECIPES
from mtc_tf.packets.report_text import format_dropped
from mtc_tf.printable import json_line
from mtc_tf.printable import printable
from mtc_tf.printable import warning_line

_EXAMPLES = """\
examples:
  mtc preprocess capture.pcap --output=capture.parquet
  mtc preprocess *.pcapng.gz --output=all.parquet --recipe=paper --json
  mtc preprocess FOLDER --output=folder.npz
  tcpdump -r capture.pcap -w - udp | mtc preprocess - --output=udp.parquet
  mtc preprocess capture.pcap --output=x.parquet --mask=ip.ttl,transport.ports
"""
_DESCRIPTION = """\
Preprocesses captures after Section 3.2.1 of the paper. A Parquet file, for
mtc_tf.load_packets and pandas.read_parquet, has a row for each kept packet:
capture, number (position in it), time, source, source_port, destination,
destination_port, protocol, flow (its id), length (bytes on the wire), and
packet, without the zeros that fill it up to 1500 bytes. An .npz archive, for
numpy.load, holds whole rows: packets (uint8, 1500 bytes), timestamps (seconds),
lengths, flows, and capture, the position of the packet's capture in captures.
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
        metavar="FILE",
        type=path_argument,
        help="the file to write: FILE.parquet or FILE.npz",
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
        InputError: a capture cannot be read, the output cannot be written,
            or no packet is kept.
    """
    captures, passed_over = expand_folders(args.captures)
    for path, reason in passed_over.items():
        print(warning_line(path, f"passed over: {reason}"), file=sys.stderr)
    _check_paths(captures, args.output)
    check_captures(args.captures)
    reports = [CaptureReport() for _ in captures]
    write_packets(
        preprocessed(captures, reports, args.recipe, args.masks),
        args.output,
        [capture_name(str(path)) for path in captures],
        lambda: _summary(args, reports),
    )
    if args.json:
        summary = {"output": str(args.output), **_summary(args, reports)}
        print(json_line(summary))
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
    # A device, too: the file would take its place.
    if output.exists() and not output.is_file():
        raise InputError(f"{output}: is a folder or a device, not a file")
    if not output.parent.is_dir():
        raise InputError(f"{output}: there is no folder {output.parent}")
    check_suffix(output)


def _summary(args, reports):
    return {
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
