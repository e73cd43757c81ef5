"""`mtc compare`: the headline figures of several runs, side by side."""

from typing import Literal
from typing import NotRequired

from typing_extensions import TypedDict

from mtc_tf.commands.arguments import add_command
from mtc_tf.commands.arguments import add_evaluated_runs
from mtc_tf.commands.arguments import path_argument
from mtc_tf.evaluation import mcnemar
from mtc_tf.evaluation.row_changes import shown_changes
from mtc_tf.files.json_files import List
from mtc_tf.files.json_files import Object
from mtc_tf.files.text_table import text_table
from mtc_tf.printable import printable
from mtc_tf.printable import printable_content
from mtc_tf.runs.run_directory import load_metrics

_EXAMPLES = """\
examples:
  mtc compare runs/paper runs/flow
  mtc compare build/demo/capture --baselines
  mtc compare runs/paper runs/flow --output=report.html
"""
_DESCRIPTION = """\
Prints figures of each task of evaluated runs, a row a run: fw16, macro F1 where
a flow counts as 16 packets at most, and behind the stroke the macro F1 of whole
flows, by the mean answer to their first ten packets. Of records, and of runs
that an earlier version evaluated, it is the macro F1 alone. Macro F1 is the
mean over the classes that the test part holds.

Of two runs that were evaluated on the same rows it also says which one wins: by
the exact test of McNemar on what only one of both answers rightly.
"""


class _Dataset(TypedDict):
    name: str


class _Macro(TypedDict):
    f1: float


class _Figure(TypedDict):
    value: float


class _Figures(TypedDict):
    macro_f1: _Figure
    # Of rows that belong to flows.
    fw16: NotRequired[_Figure]
    vote_10: NotRequired[_Figure]


class _Labelled(TypedDict):
    rows: int
    macro: _Macro
    # Earlier versions have none.
    figures: NotRequired[_Figures]
    baselines: NotRequired[Object[_Figures]]


class _Unlabelled(TypedDict):
    rows: Literal[0]


class _Headlines(TypedDict):
    """What of `metrics.json` stands in a line."""

    dataset: _Dataset
    split: str
    recipe: str
    masks: NotRequired[List[str]]
    label_shuffle_seed: NotRequired[int]
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
    parser.add_argument(
        "--baselines",
        action="store_true",
        help="below each run, the shallow models that were trained beside it",
    )
    parser.add_argument(
        "--output",
        metavar="FILE",
        type=path_argument,
        help="also write a page with everything about them, as HTML; its "
        "tables go to FILE_tables beside it as CSV",
    )


def run(args):
    """Runs `mtc compare`.

    Args:
        args: `argparse.Namespace`.

    Returns:
        int. Exit code.

    Raises:
        InputError: if a directory holds no figures.
    """
    rows = [
        printable_content(row)
        for workdir in args.workdirs
        for row in _rows(workdir, args.baselines)
    ]
    columns = dict.fromkeys(name for row in rows for name in row)
    table = [dict.fromkeys(columns, "-") | row for row in rows]
    sentences = _who_wins(args.workdirs)
    print(text_table(table, left=columns), flush=True)
    if sentences:
        print("", *sentences, sep="\n", flush=True)
    if args.output:
        from mtc_tf.evaluation.page.page import write_page

        write_page(args.workdirs, args.output)
        print(f"written to {printable(args.output)}")
    return 0


def _who_wins(workdirs):
    """Says which of two runs wins; of other numbers of runs nothing."""
    if len(workdirs) != 2:
        return []
    found, reason = mcnemar.compare_answers(*workdirs)
    names = list(map(printable, workdirs))
    lines = [mcnemar.sentence(row, *names) for row in found]
    return [reason] if reason else list(map(printable, lines))


def _rows(workdir, with_baselines):
    result = load_metrics(workdir, _Headlines)
    dataset = {
        "dataset": result["dataset"]["name"],
        "split by": result["split"],
        "recipe": result["recipe"],
        **shown_changes(result),
    }
    tasks = {
        task: figures
        for task, figures in result["tasks"].items()
        if figures["rows"]
    }
    headlines = {task: _headline(figures) for task, figures in tasks.items()}
    yield {**dataset, "model": result["model"], **headlines}
    if not with_baselines:
        return
    baselines = dict.fromkeys(
        name
        for figures in tasks.values()
        for name in figures.get("baselines", {})
    )
    for name in baselines:
        own = {
            task: _flow_figures(figures["baselines"][name])
            for task, figures in tasks.items()
            if name in figures.get("baselines", {})
        }
        yield {**dataset, "model": name, **own}


def _headline(figures):
    ours = figures.get("figures", {})
    if "fw16" in ours:
        return _flow_figures(ours)
    return f"{figures['macro']['f1']:.3f}"


def _flow_figures(figures):
    if "fw16" not in figures:
        return f"{figures['macro_f1']['value']:.3f}"
    return f"{figures['fw16']['value']:.3f} / {figures['vote_10']['value']:.3f}"
