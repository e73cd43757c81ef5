"""`mtc table`: a table of the paper with our figures beside its own."""

import io
import shlex
import subprocess
import sys
import time

from tabulate import tabulate

from mtc_tf.commands.arguments import add_command
from mtc_tf.commands.arguments import add_data_dir
from mtc_tf.commands.arguments import path_argument
from mtc_tf.errors import InputError
from mtc_tf.evaluation.tables import Tables
from mtc_tf.evaluation.tables import table_lines
from mtc_tf.files.flagfiles import read_flagfile
from mtc_tf.files.shipped import shipped
from mtc_tf.files.text_table import text_table
from mtc_tf.inference.row_formats import write_csv
from mtc_tf.printable import printable
from mtc_tf.printable import printable_content
from mtc_tf.runs.run_directory import METRICS_FILE

# Of the paper's protocol, which `--max_steps` goes by.
_FULL_EPOCHS = 100

_EXAMPLES = """\
examples:
  mtc table 4 --runs=runs/tables
  mtc table 6 --runs=runs/tables --execute --data_dir=DATA --seeds=0,1,2
  mtc table 4 --runs=runs/tables --packets=iscx_vpn_nonvpn/flow --only=packets
  mtc table 8 --runs=build/small --execute --packets=traffic_lab/paper \\
      --data_dir=DATA --max_steps=60 --train_flags="--schedule=cosine"
"""
_DESCRIPTION = """\
Prints Table 4, 5, 6, 7, 8 or 9 of the paper, a line for each row and task: F1
and recall in per cent, macro averages on the test part. Of several seeds it is
their mean, standard deviation and the 95 % t interval of the mean; of one the
figure and, of F1, its own 95 % interval by drawing flows or groups anew. Where
there is no run, a "-" stands.

--execute first trains and evaluates what is missing, one run after the other.
Rows that differ in nothing share their runs.
"""


def add_parser(subparsers):
    """Adds `mtc table` to the sub-commands of an `argparse` parser."""
    parser = add_command(
        subparsers,
        "table",
        run,
        help="print a table of the paper with our figures",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    parser.add_argument("number", type=int, metavar="N", help="4 to 9")
    parser.add_argument(
        "--runs",
        required=True,
        metavar="DIR",
        type=path_argument,
        help="folder of the run directories",
    )
    parser.add_argument(
        "--format",
        choices=_FORMATS,
        default="text",
        help="how to print (default: text)",
    )
    parser.add_argument(
        "--packets",
        metavar="NAME/CONFIG",
        help="dataset of packets (default: that of the flagfiles)",
    )
    parser.add_argument(
        "--flows",
        metavar="NAME/CONFIG",
        help="dataset of flows (default: that of the flagfiles)",
    )
    parser.add_argument(
        "--records",
        metavar="NAME/CONFIG",
        help="dataset of records (default: that of the flagfiles)",
    )
    parser.add_argument(
        "--only",
        choices=("packets", "flows", "records"),
        help="leave the rows of the other datasets out",
    )
    parser.add_argument(
        "--execute", action="store_true", help="run what is missing"
    )
    parser.add_argument(
        "--seeds",
        default="0",
        metavar="LIST",
        help="seeds to run (default: 0)",
    )
    add_data_dir(parser, help="where the prepared datasets lie")
    parser.add_argument(
        "--max_steps",
        type=int,
        metavar="N",
        help="the steps of a run of 100 epochs; one of 50 makes half of them",
    )
    parser.add_argument(
        "--fraction", metavar="N", help="share of the training rows"
    )
    parser.add_argument(
        "--train_flags",
        default="",
        metavar="TEXT",
        help="other flags for `mtc train`, as one text",
    )


def run(args):
    """Runs `mtc table`.

    Args:
        args: `argparse.Namespace`.

    Returns:
        int. Exit code: 1 if a run that was to be executed failed.

    Raises:
        InputError: if a table, a flagfile or a run cannot be read.
    """
    tables = Tables(
        shipped("configs"), args.packets, args.records, args.only, args.flows
    )
    # Before hours of training: is there such a table?
    table_lines(tables, args.number, args.runs)
    failed = _execute(args, tables) if args.execute else 0
    lines = table_lines(tables, args.number, args.runs)
    print(_FORMATS[args.format](printable_content(lines)), flush=True)
    return int(failed > 0)


def _as_text(lines):
    return text_table(lines, left=("row", "task", "split", "run"))


def _as_csv(lines):
    text = io.StringIO()
    write_csv([lines], text)
    return text.getvalue().rstrip()


def _as_markdown(lines):
    return tabulate(
        lines, headers="keys", tablefmt="github", disable_numparse=True
    )


_FORMATS = {"text": _as_text, "markdown": _as_markdown, "csv": _as_csv}


def _execute(args, tables):
    """Runs what is missing; returns how many runs failed."""
    missing = _missing(args, tables)
    failed = 0
    for number, (experiment, seed, workdir) in enumerate(missing, start=1):
        started = time.monotonic()
        log = workdir.with_name(f"{workdir.name}.log")
        _note(
            f"[{number}/{len(missing)}] {experiment.name}, seed {seed}: {log}"
        )
        if _run_one(args, experiment, seed, workdir, log):
            _note(f"    {time.monotonic() - started:.0f} s")
        else:
            failed += 1
            _note(f"    failed: {_last_line(log)}")
    return failed


def _missing(args, tables):
    """The runs that have no figures yet, each once."""
    try:
        seeds = [int(seed) for seed in args.seeds.split(",")]
    except ValueError:
        raise InputError(
            f"--seeds takes numbers with commas, received {args.seeds!r}"
        ) from None
    found = {}
    for row in tables.rows:
        experiment = tables.experiment(row)
        if row.table != args.number or experiment is None:
            continue
        for seed in seeds:
            workdir = experiment.workdir(args.runs, seed)
            if not (workdir / METRICS_FILE).exists():
                found[workdir] = (experiment, seed, workdir)
    return list(found.values())


def _run_one(args, experiment, seed, workdir, log):
    """Trains and evaluates in processes of their own; tells of success."""
    workdir.parent.mkdir(parents=True, exist_ok=True)
    data = [f"--data_dir={args.data_dir}"] if args.data_dir else []
    mtc = (sys.executable, "-m", "mtc_tf.cli")
    commands = [
        [
            *(*mtc, "train", f"--flagfile={experiment.flagfile}"),
            *(f"--dataset={experiment.dataset}", *data, f"--seed={seed}"),
            *(f"--workdir={workdir}", *_small(args, experiment)),
            *shlex.split(args.train_flags),
        ],
        [
            *(*mtc, "evaluate", f"--workdir={workdir}", *data),
            "--no_baselines",
        ],
    ]
    with log.open("w") as file:
        return all(
            subprocess.run(command, stdout=file, stderr=file).returncode == 0
            for command in commands
        )


def _small(args, experiment):
    """The flags that make a run small."""
    flags = [f"--fraction={args.fraction}"] if args.fraction else []
    if args.max_steps:
        epochs = int(read_flagfile(experiment.flagfile)["epochs"])
        steps = max(1, round(args.max_steps * epochs / _FULL_EPOCHS))
        flags.append(f"--max_steps={steps}")
    return flags


def _last_line(log):
    lines = log.read_text("utf-8", "replace").splitlines()
    return lines[-1] if lines else "no output"


def _note(text):
    print(printable(text), file=sys.stderr, flush=True)
