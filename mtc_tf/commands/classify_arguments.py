"""The arguments of `mtc classify`."""

import math

from mtc_tf.commands.arguments import count_argument
from mtc_tf.commands.arguments import input_argument
from mtc_tf.commands.arguments import path_argument
from mtc_tf.commands.chosen_model import add_model
from mtc_tf.commands.number_argument import number_argument
from mtc_tf.commands.row_output import FORMATS
from mtc_tf.errors import InputError
from mtc_tf.inference.flow_limits import MOST_FLOWS
from mtc_tf.inference.label_packets import ROWS
from mtc_tf.inference.label_packets import check_rows

# Arguments that a model of records has no use for, and one of packets without
# `--by=flow`.
_OF_FLOWS = ("packets_per_flow", "flow_timeout", "max_flows")
_OF_CAPTURES = ("by", "interface", *_OF_FLOWS)


def add_arguments(parser):
    """Adds them to an `argparse.ArgumentParser`."""
    _add_inputs(parser)
    add_model(parser)
    _add_rows(parser)
    _add_limits(parser)
    _add_output(parser)


def _add_inputs(parser):
    sources = parser.add_mutually_exclusive_group(required=True)
    sources.add_argument(
        "files",
        nargs="*",
        default=[],
        metavar="FILE",
        type=input_argument,
        help="pcap or pcapng (may be compressed), a folder of such, or CSV; "
        "- is standard input",
    )
    sources.add_argument(
        "--interface",
        metavar="NAME",
        help="label the packets of a network interface, such as eth0, as they "
        "come and go",
    )


def _add_rows(parser):
    parser.add_argument(
        "--by",
        choices=ROWS,
        help="what a row of a capture stands for (default: packet, or flow "
        "where the model looks at flows)",
    )


def _add_limits(parser):
    """Adds what bounds the flows of captures."""
    parser.add_argument(
        "--packets_per_flow",
        metavar="K",
        type=count_argument,
        help="answer a flow as soon as K of its packets have come",
    )
    parser.add_argument(
        "--flow_timeout",
        metavar="SECONDS",
        type=number_argument("seconds above 0", lambda x: 0 < x < math.inf),
        help="answer a flow when so much time of the capture has passed since "
        "its first packet",
    )
    parser.add_argument(
        "--max_flows",
        metavar="N",
        type=count_argument,
        help=f"hold N flows at most (default: {MOST_FLOWS}, some 300 MB)",
    )


def _add_output(parser):
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="table",
        help="how to write the rows; eve is that of Suricata's events "
        "(default: table)",
    )
    parser.add_argument(
        "--output",
        metavar="FILE",
        type=path_argument,
        help="write the rows to FILE, as they come; a Parquet file can be read "
        "when the command has ended (default: standard output)",
    )


def check_arguments(args, facts):
    """Refuses what does not go with the model, or with other arguments.

    Args:
        args: `argparse.Namespace`.
        facts: `ModelFacts` of the model.

    Raises:
        InputError: if there is such.
    """
    if facts.features:
        for name in _OF_CAPTURES:
            value = getattr(args, name)
            if value is not None:
                raise InputError(
                    f"--{name}={value} is for captures; {args.model} is a "
                    "model of records"
                )
        if args.format == "eve":
            raise InputError(
                f"--format=eve is for captures; {args.model} is a model of "
                "records"
            )
    check_rows(facts, args.by)
    if args.by != "flow" and not facts.packets_per_flow:
        for name in _OF_FLOWS:
            if getattr(args, name) is not None:
                raise InputError(
                    f"--{name}={getattr(args, name)} is for rows of flows: "
                    "expected --by=flow, received rows of packets"
                )
