"""`mtc figure`: F1 and recall of each class, for several runs (Figure 7)."""

from typing import NotRequired

from typing_extensions import TypedDict

from mtc_tf.commands.arguments import add_command
from mtc_tf.commands.arguments import add_evaluated_runs
from mtc_tf.commands.arguments import path_argument
from mtc_tf.errors import InputError
from mtc_tf.evaluation.class_figure import draw_classes
from mtc_tf.evaluation.run_labels import run_labels
from mtc_tf.files.json_files import List
from mtc_tf.files.json_files import Object
from mtc_tf.printable import printable
from mtc_tf.runs.run_directory import load_metrics

_EXAMPLES = """\
examples:
  mtc figure --output=figure7.png runs/mtc runs/transformer runs/cnn
  mtc figure --output=flow_or_packet.svg runs/paper runs/flow
"""
_DESCRIPTION = """\
Draws F1 and recall of each class on the test part, a panel for each task and
figure, a line for each run, as Figure 7 of the paper does for MTC, the
multi-task Transformer and the multi-task 1D-CNN. Classes without rows in the
test part are left out. The suffix of --output says the format.
"""


class _Dataset(TypedDict):
    name: str
    config: str


class _Class(TypedDict):
    f1: float | None
    recall: float | None


class _Task(TypedDict):
    classes_evaluated: List[str]
    # Where no row has a label there are none.
    classes: NotRequired[Object[_Class]]


class _Result(TypedDict):
    """What of `metrics.json` is drawn."""

    dataset: _Dataset
    model: str
    tasks: Object[_Task]


def add_parser(subparsers):
    """Adds `mtc figure` to the sub-commands of an `argparse` parser."""
    parser = add_command(
        subparsers,
        "figure",
        run,
        help="draw the figures of each class of several runs",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    add_evaluated_runs(parser)
    parser.add_argument(
        "--output",
        required=True,
        metavar="FILE",
        type=path_argument,
        help="picture to write: .png, .svg or .pdf",
    )


def run(args):
    """Runs `mtc figure`.

    Args:
        args: `argparse.Namespace`.

    Returns:
        int. Exit code.

    Raises:
        InputError: if a run has no figures, if the runs share no task, or if
            the format is unknown.

    Paper: Section 4.4.1, Figure 7.
    """
    results = [load_metrics(workdir, _Result) for workdir in args.workdirs]
    names = run_labels(args.workdirs, results)
    tasks = [
        task
        for task in results[0]["tasks"]
        if all(task in result["tasks"] for result in results)
    ]
    if not tasks:
        raise InputError("the runs have no task in common")
    draw_classes(tasks, dict(zip(names, results, strict=True)), args.output)
    print(f"written to {printable(args.output)}")
    return 0
