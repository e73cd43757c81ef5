"""`mtc bench`: models on several splits and seeds, from one file."""

import shlex
import subprocess
import sys

from mtc_tf.commands import startup
from mtc_tf.commands.arguments import add_command
from mtc_tf.commands.arguments import add_data_dir
from mtc_tf.commands.arguments import path_argument
from mtc_tf.commands.run_evaluation import evaluate_run
from mtc_tf.data.splits import PARTS
from mtc_tf.data.splits import TEST
from mtc_tf.errors import InputError
from mtc_tf.evaluation.bench import read_bench
from mtc_tf.evaluation.bench_table import bench_text
from mtc_tf.files.shipped import or_shipped
from mtc_tf.printable import printable
from mtc_tf.runs.run_directory import METRICS_FILE
from mtc_tf.runs.run_directory import load_run

_EXAMPLES = """\
examples:
  mtc bench configs/bench/lab_session.csv --runs=RUNS --data_dir=DATA
  mtc bench configs/bench/iscx_flow.csv --runs=RUNS --data_dir=DATA \\
      --manual_dir=iscx_vpn_nonvpn=CAPTURES
"""
_DESCRIPTION = """\
Builds, trains and evaluates what a file lists and is not there yet, one after
the other, and prints a table for each dataset and task: after an interruption
the same command goes on. The file is CSV with the columns name, dataset,
split_seeds, seeds and flags; seeds stand with spaces between them:

  Lite,traffic_lab/capture,1 2 3,0 1,--flagfile=configs/lab/lite.flags

Files named configs/… come with the package. Figures are means over runs, with
their standard deviation; "> = <" says on how many of them the paired interval
of a difference lies above zero, holds zero, lies below.
"""


def add_parser(subparsers):
    """Adds `mtc bench` to the sub-commands of an `argparse` parser."""
    parser = add_command(
        subparsers,
        "bench",
        run,
        help="run models on several splits and seeds, and print one table",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    parser.add_argument(
        "file", metavar="FILE", type=path_argument, help="what to run"
    )
    parser.add_argument(
        "--runs",
        required=True,
        metavar="DIR",
        type=path_argument,
        help="folder of the run directories",
    )
    add_data_dir(parser, help="where the prepared datasets lie or shall lie")
    parser.add_argument(
        "--manual_dir",
        action="append",
        default=[],
        metavar="NAME=DIR",
        help="captures or CSV files of a dataset, to build what lacks",
    )


def run(args):
    """Runs `mtc bench`.

    Args:
        args: `argparse.Namespace`.

    Returns:
        int. Exit code.

    Raises:
        InputError: if the file cannot be read, or a part of it failed.
    """
    folders = _folders(args.manual_dir)
    bench = read_bench(or_shipped(args.file))
    missing = [
        one
        for one in bench
        if not (one.workdir(args.runs) / METRICS_FILE).exists()
    ]
    for prepared in dict.fromkeys(one.prepared for one in missing):
        _run_dataset(
            args,
            [one for one in missing if one.prepared == prepared],
            folders,
        )
    print(bench_text(bench, args.runs), flush=True)
    return 0


def _folders(texts):
    folders = {}
    for text in texts:
        name, equals, folder = text.partition("=")
        if not (equals and name and folder):
            raise InputError(f"--manual_dir takes NAME=DIR; received: {text}")
        folders[name] = folder
    return folders


def _run_dataset(args, missing, folders):
    """Runs what lacks on one prepared dataset."""
    data = [f"--data_dir={args.data_dir}"] if args.data_dir else []
    first = missing[0]
    name, config = first.dataset.split("/")
    manual = [f"--manual_dir={folders[name]}"] if name in folders else []
    _mtc(
        [
            *("build", name, f"--config={config}"),
            *(f"--split_seed={first.split_seed}", *data, *manual),
        ]
    )
    for one in missing:
        _mtc(
            [
                *("train", *one.flags, f"--seed={one.seed}"),
                *(f"--dataset={one.prepared}", *data),
                f"--workdir={one.workdir(args.runs)}",
            ]
        )
    evaluate_runs([one.workdir(args.runs) for one in missing], args.data_dir)


def evaluate_runs(workdirs, data_dir):
    """Evaluates runs on one dataset; the baselines are trained once.

    Writes `metrics.json` and `answers.npz` of each.

    Args:
        workdirs: list of `pathlib.Path`.
        data_dir: str or None. As of `mtc_tf.evaluation.evaluate.evaluate`.
    """
    startup.import_tensorflow()
    from mtc_tf.data.prepared_builder import label_seed_of
    from mtc_tf.data.prepared_builder import masks_of
    from mtc_tf.evaluation.baselines import dataset_baselines

    answers = {}

    def kept(builder, tasks, parts):
        changes = masks_of(builder), label_seed_of(builder)
        key = (builder.data_path, *changes, *tasks)
        if key not in answers:
            answers[key] = dataset_baselines.baseline_probabilities(
                builder, tasks, parts
            )
        return answers[key]

    for workdir in workdirs:
        # What it says of its own stays out of the table.
        evaluate_run(
            load_run(workdir), PARTS[TEST], data_dir, kept, out=sys.stderr
        )


def _mtc(command):
    line = f"$ mtc {shlex.join(command)}"
    print(printable(line), file=sys.stderr, flush=True)
    # What a command says of its own stays out of the table.
    process = subprocess.run(
        [sys.executable, "-m", "mtc_tf.cli", *command], stdout=sys.stderr
    )
    if process.returncode == 130:
        raise KeyboardInterrupt
    if process.returncode:
        raise InputError(f"mtc {command[0]} failed, see above")
