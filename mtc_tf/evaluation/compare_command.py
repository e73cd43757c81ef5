"""`mtc compare`: the headline figures of several runs, side by side."""

import argparse
import pathlib

import pandas as pd

from mtc_tf.errors import InputError
from mtc_tf.run_directory import METRICS_FILE
from mtc_tf.run_directory import load_metrics

_EXAMPLES = """\
examples:
  mtc compare build/demo/*
  mtc compare runs/iscx/small_paper runs/iscx/small_flow
"""
_DESCRIPTION = """\
Prints the macro F1 of each task of evaluated runs, a row a run, and in brackets
what the answer "always the largest class" would score. Macro F1 is the mean
over the classes that have packets in the test part.
"""


def add_parser(subparsers):
    """Adds `mtc compare` to the sub-commands of an `argparse` parser."""
    parser = subparsers.add_parser(
        "compare",
        help="print the figures of several runs side by side",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "workdirs",
        nargs="+",
        metavar="DIR",
        type=pathlib.Path,
        help="run directory on which `mtc evaluate` was run",
    )
    parser.set_defaults(run=run)


def run(args):
    """Runs `mtc compare`.

    Args:
        args: `argparse.Namespace`.

    Returns:
        int. Exit code.

    Raises:
        InputError: if a directory holds no figures.
    """
    table = pd.DataFrame(map(_row, args.workdirs)).fillna("-")
    print(table.to_string(index=False), flush=True)
    return 0


def _row(workdir):
    result = load_metrics(workdir)
    try:
        return _headlines(result)
    except KeyError as error:
        raise InputError(
            f"{workdir / METRICS_FILE} lacks {error}, as older versions wrote "
            f"it; run `mtc evaluate --workdir={workdir}` again"
        ) from error


def _headlines(result):
    row = {
        "dataset": result["dataset"]["name"],
        "split by": result["split"],
        "recipe": result["recipe"],
        "model": result["model"],
    }
    for task, figures in result["tasks"].items():
        if figures["rows"]:
            ours = figures["macro"]["f1"]
            constant = figures["majority_class"]["macro"]["f1"]
            row[task] = f"{ours:.3f} ({constant:.3f})"
    return row
