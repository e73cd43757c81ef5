"""`mtc compare`: the headline figures of several runs, side by side."""

from typing import Literal
from typing import NotRequired

from typing_extensions import TypedDict

from mtc_tf.commands.arguments import add_command
from mtc_tf.commands.arguments import add_evaluated_runs
from mtc_tf.files.json_files import Object
from mtc_tf.files.text_table import text_table
from mtc_tf.printable import printable_content
from mtc_tf.runs.run_directory import load_metrics

_EXAMPLES = """\
examples:
  mtc compare build/demo/*
  mtc compare runs/iscx/small_paper runs/iscx/small_flow
"""
_DESCRIPTION = """\
Prints fw16 of each task of evaluated runs, a row a run, and in brackets that of
the best shallow model that was trained beside it. fw16 is macro F1, the mean
over the classes that the test part holds, where a flow counts as 16 packets at
most. Of records, and of runs that an earlier version evaluated, the macro F1 is
printed, and in brackets what "always the largest class" would score.
"""


class _Dataset(TypedDict):
    name: str


class _Macro(TypedDict):
    f1: float


class _Constant(TypedDict):
    macro: _Macro


class _Figure(TypedDict):
    value: float


class _Figures(TypedDict):
    # Of rows that belong to flows.
    fw16: NotRequired[_Figure]


class _Labelled(TypedDict):
    rows: int
    macro: _Macro
    majority_class: _Constant
    # Earlier versions have none.
    figures: NotRequired[_Figures]
    baselines: NotRequired[Object[_Figures]]
    best_baseline: NotRequired[str]


class _Unlabelled(TypedDict):
    rows: Literal[0]


class _Headlines(TypedDict):
    """What of `metrics.json` stands in a line."""

    dataset: _Dataset
    split: str
    recipe: str
    model: str
    tasks: Object[_Labelled | _Unlabelled]


def add_parser(subparsers):
    """Adds `mtc compare` to the sub-commands of an `argparse` parser."""
    parser = add_command(
        subparsers,
        "compare",
        run,
        help="print the figures of several runs side by side",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    add_evaluated_runs(parser)


def run(args):
    """Runs `mtc compare`.

    Args:
        args: `argparse.Namespace`.

    Returns:
        int. Exit code.

    Raises:
        InputError: if a directory holds no figures.
    """
    rows = list(map(printable_content, map(_row, args.workdirs)))
    columns = dict.fromkeys(name for row in rows for name in row)
    table = [dict.fromkeys(columns, "-") | row for row in rows]
    print(text_table(table, left=columns), flush=True)
    return 0


def _row(workdir):
    result = load_metrics(workdir, _Headlines)
    row = {
        "dataset": result["dataset"]["name"],
        "split by": result["split"],
        "recipe": result["recipe"],
        "model": result["model"],
    }
    for task, figures in result["tasks"].items():
        if figures["rows"]:
            row[task] = _headline(figures)
    return row


def _headline(figures):
    if "fw16" not in figures.get("figures", {}):
        ours = figures["macro"]["f1"]
        constant = figures["majority_class"]["macro"]["f1"]
        return f"{ours:.3f} ({constant:.3f})"
    ours = f"fw16 {figures['figures']['fw16']['value']:.3f}"
    baselines = figures.get("baselines", {})
    best = baselines.get(figures.get("best_baseline"), {})
    return f"{ours} ({best['fw16']['value']:.3f})" if "fw16" in best else ours
