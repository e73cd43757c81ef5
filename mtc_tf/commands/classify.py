"""`mtc classify`: labels for captures, and for tables of flow records."""

import contextlib
import sys

from mtc_tf.commands.arguments import add_command
from mtc_tf.commands.capture_inputs import check_captures
from mtc_tf.commands.capture_inputs import expand_folders
from mtc_tf.commands.chosen_model import chosen_model
from mtc_tf.commands.chosen_model import loaded
from mtc_tf.commands.chosen_model import model_files
from mtc_tf.commands.classified_captures import ClassifiedCaptures
from mtc_tf.commands.classified_tables import check_tables
from mtc_tf.commands.classified_tables import label_tables
from mtc_tf.commands.classify_arguments import add_arguments
from mtc_tf.commands.classify_arguments import check_arguments
from mtc_tf.commands.interruption import Interruption
from mtc_tf.commands.notes import warn
from mtc_tf.commands.output_paths import check_not_read
from mtc_tf.commands.privileges import drop_root_of_sudo
from mtc_tf.commands.row_output import check_output
from mtc_tf.commands.row_output import write_rows
from mtc_tf.inference.flow_limits import MOST_FLOWS
from mtc_tf.inference.flow_limits import FlowLimits
from mtc_tf.packets.live_capture import LiveCapture

_EXAMPLES = """\
examples:
  mtc classify capture.pcap --by=flow
  mtc classify capture.pcap --model=runs/iscx/quick
  mtc classify *.pcapng --model=OUT --by=flow --format=csv > flows.csv
  mtc classify capture.pcap --model=OUT --by=flow --reject=0.05
  mtc classify capture.pcap.gz --model=OUT/model.tflite --format=jsonl | head
  tcpdump -r capture.pcap -w - udp | mtc classify - --model=OUT
  sudo mtc classify --interface=eth0 --packets_per_flow=5 --flow_timeout=10
  tcpdump -U -i eth0 -w - | mtc classify - --flow_timeout=10 --format=eve
  mtc classify FOLDER --by=flow --format=parquet --output=flows.parquet
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

What can be read only once (-, a pipe, an interface) is labelled while it comes.
An interface is read in both directions, with the kernel's times, until Ctrl-C.
It is not made promiscuous. Root who came by sudo is the calling user again
before the first packet is looked at.

A flow's line comes when the capture ends. With --packets_per_flow it comes as
soon as so many of the flow's packets with data have come, with --flow_timeout
when so many seconds have passed since the first of them, whichever is first.
What has come then is the answer: later packets are not counted, until none has
come for the timeout; the next one begins a new flow. At most --max_flows flows
are held: beyond them the one that was idle longest is answered and forgotten.

Ctrl-C, or SIGTERM, ends the reading: flows so far are answered and printed, and
the exit code is 130, or 143. A second one ends at once.

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
    add_arguments(parser)


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
    check_output(args.format, args.output)
    model, args.reject = chosen_model(args)
    check_arguments(args, model.facts)
    check_not_read(args.output, [*args.files, *model_files(args)])
    if model.facts.features:
        return _run_tables(args, model)
    if args.interface is not None:
        return _run_interface(args, model)
    # What is no capture is found before the model is loaded, which takes
    # seconds with TensorFlow.
    files = _checked_captures(args.files)
    # Those of folders, too.
    check_not_read(args.output, files)
    return _run_captures(args, model, lambda rows: rows.of_files(files))


def _run_interface(args, model):
    """Labels what comes on an interface; returns the exit code."""
    name = args.interface
    with contextlib.closing(LiveCapture(name)) as live:
        drop_root_of_sudo()
        return _run_captures(
            args, model, lambda rows: rows.of_interface(name, live)
        )


def _run_captures(args, model, blocks_of):
    """Labels packets or flows; returns the exit code.

    Args:
        args: `argparse.Namespace`.
        model: `StoredModel`.
        blocks_of: callable. `ClassifiedCaptures` -> the rows to write.
    """
    classifier = loaded(model)
    with Interruption() as interruption:
        captures = ClassifiedCaptures(
            interruption,
            classifier=classifier,
            by=args.by,
            reject=args.reject,
            limits=FlowLimits(
                flows=args.max_flows or MOST_FLOWS,
                packets=args.packets_per_flow,
                timeout=args.flow_timeout,
            ),
        )
        write_rows(
            blocks_of(captures),
            args.format,
            args.output,
            is_live=args.interface is not None,
        )
        captures.finish()
    if interruption.has_come():
        print("mtc: interrupted", file=sys.stderr)
        return interruption.exit_code
    return 0


def _run_tables(args, model):
    """Labels records; returns the exit code."""
    check_tables(args.files, model.facts.features)
    blocks = label_tables(args.files, loaded(model), args.reject)
    write_rows(blocks, args.format, args.output)
    return 0


def _checked_captures(files):
    """The captures that files and folders stand for."""
    captures, passed_over = expand_folders(files)
    check_captures(files)
    for path, reason in passed_over.items():
        warn(path, f"passed over: {reason}")
    return captures
