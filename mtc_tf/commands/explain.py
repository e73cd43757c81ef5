"""`mtc explain`: which bytes and pieces of a model decide its answers."""

from mtc_tf.commands import startup
from mtc_tf.commands.arguments import add_command
from mtc_tf.commands.arguments import add_data_dir
from mtc_tf.commands.arguments import add_workdir
from mtc_tf.commands.arguments import count_argument
from mtc_tf.commands.run_page import write_run_page
from mtc_tf.data.splits import PARTS
from mtc_tf.printable import printable
from mtc_tf.runs.run_directory import EXPLANATION_FILE
from mtc_tf.runs.run_directory import load_run
from mtc_tf.runs.run_directory import write_json

_EXAMPLES = """\
examples:
  mtc explain --workdir=runs/iscx/quick
  mtc explain --workdir=runs/iscx/quick --part=validation --rows=64
"""
_DESCRIPTION = """\
Says what decides the answers of a trained model of packets: what each header
field and byte adds to the probability of the answer (integrated gradients), and
whether the fields that are named cost fw16 when each packet gets them of
another one; where the tokens of the Transformer branch look; what is lost
without one direction of the fusion, or without a branch. Prints tables, and
writes the same figures to explanation.json in the run directory
(explanation_PART.json for another part) and, of the test part, to the page of
an evaluated run.
"""


def add_parser(subparsers):
    """Adds `mtc explain` to the sub-commands of an `argparse` parser."""
    parser = add_command(
        subparsers,
        "explain",
        run,
        help="say which bytes decide the answers of a trained run",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    add_workdir(parser)
    parser.add_argument(
        "--part",
        choices=PARTS,
        default="test",
        help="the part of the dataset to explain (default: test)",
    )
    parser.add_argument(
        "--rows",
        type=count_argument,
        default=512,
        metavar="N",
        help="packets whose answers are attributed to bytes; eight times as "
        "many check it (default: 512)",
    )
    add_data_dir(
        parser, help="where the prepared dataset lies now, if it was moved"
    )


def run(args):
    """Runs `mtc explain`.

    Args:
        args: `argparse.Namespace`.

    Returns:
        int. Exit code.

    Raises:
        InputError: if run or dataset cannot be read, or if the run holds no
            model of packets.
    """
    trained_run = load_run(args.workdir)
    # Only now: what is wrong with the run shows without TensorFlow.
    startup.import_tensorflow()
    from mtc_tf.explanation.explain import explain
    from mtc_tf.explanation.report import format_explanation

    result = explain(trained_run, args.part, args.rows, args.data_dir)
    path = args.workdir / EXPLANATION_FILE
    if args.part != "test":
        path = path.with_stem(f"{path.stem}_{args.part}")
    write_json(path, result)
    written = f"written to {printable(path)}"
    print(f"{format_explanation(result)}\n\n{written}", flush=True)
    if args.part == "test":
        write_run_page(args.workdir)
    return 0
