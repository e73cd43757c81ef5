"""`mtc ablate`: what a trained run loses without parts of its input."""

from mtc_tf.commands import startup
from mtc_tf.commands.arguments import add_command
from mtc_tf.commands.arguments import add_data_dir
from mtc_tf.commands.arguments import add_workdir
from mtc_tf.commands.run_page import write_run_page
from mtc_tf.errors import InputError
from mtc_tf.printable import printable
from mtc_tf.runs.run_directory import ABLATION_FILE
from mtc_tf.runs.run_directory import load_run
from mtc_tf.runs.run_directory import write_json

_EXAMPLES = """\
examples:
  mtc ablate --workdir=runs/iscx/quick
  mtc ablate --workdir=runs/iscx/quick --seed=1
"""
_DESCRIPTION = """\
Takes parts of the test rows away and asks the trained model again, and a forest
on the header fields beside it: checksums, IP id, TTL, flow label, lengths,
ports, sequence and acknowledgement numbers, window; all but the headers, all
but the payload, all but the lengths. What is taken away is zeroed, a value that
the model may have seen, or randomised: each packet gets the bytes of another
one of the same IP version and protocol. Prints macro F1 and fw16, and how much
less than of the whole input that is, and writes the same figures to
ablation.json in the run directory and to the page of an evaluated run.
"""


def add_parser(subparsers):
    """Adds `mtc ablate` to the sub-commands of an `argparse` parser."""
    parser = add_command(
        subparsers,
        "ablate",
        run,
        help="say what a trained run loses without parts of its input",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    add_workdir(parser)
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        help="decides which packet gets bytes of which other one (default: 0)",
    )
    add_data_dir(
        parser, help="where the prepared dataset lies now, if it was moved"
    )


def run(args):
    """Runs `mtc ablate`.

    Args:
        args: `argparse.Namespace`.

    Returns:
        int. Exit code.

    Raises:
        InputError: if run or dataset cannot be read, or the run is one of
            records.
    """
    trained_run = load_run(args.workdir)
    if trained_run.facts.features:
        raise InputError(
            "mtc ablate is for models of packets and flows; received: "
            f"{args.workdir}, a model of records"
        )
    if args.seed < 0:
        raise InputError(f"--seed must be 0 or more; received: {args.seed}")
    startup.import_tensorflow()
    from mtc_tf.evaluation.ablation.ablate import ablate
    from mtc_tf.evaluation.ablation.ablation_text import ablation_text

    result = ablate(trained_run, args.data_dir, args.seed)
    path = args.workdir / ABLATION_FILE
    write_json(path, result)
    written = f"written to {printable(path)}"
    print(f"{ablation_text(result)}\n\n{written}", flush=True)
    write_run_page(args.workdir)
    return 0
