"""`mtc evaluate`: the metrics of a trained run."""

from mtc_tf.commands import startup
from mtc_tf.commands.arguments import add_command
from mtc_tf.commands.arguments import add_data_dir
from mtc_tf.commands.arguments import add_workdir
from mtc_tf.commands.arguments import path_argument
from mtc_tf.commands.run_evaluation import evaluate_run
from mtc_tf.commands.run_page import write_run_page
from mtc_tf.data.labels import read_label_map
from mtc_tf.data.splits import PARTS
from mtc_tf.errors import InputError
from mtc_tf.files.shipped import or_shipped
from mtc_tf.printable import printable
from mtc_tf.runs.run_directory import OTHER_CAPTURES_FILE
from mtc_tf.runs.run_directory import load_run
from mtc_tf.runs.run_directory import write_json

_EXAMPLES = """\
examples:
  mtc evaluate --workdir=runs/iscx/quick
  mtc evaluate --workdir=runs/iscx/quick --part=validation --data_dir=DATA
  mtc evaluate --workdir=build/demo/capture --captures=OTHERS --labels=my.csv
"""
_DESCRIPTION = """\
Evaluates a trained run on the test part of its dataset, which neither training
nor the choice of the epoch has seen. Prints tables, and writes the same
figures to metrics.json in the run directory (metrics_PART.json for another
part) and, of the test part, a page to report.html and the answers, which
`mtc compare` sets beside those of another run, to answers.npz. Beside the model
stand shallow ones, trained on the same training part: the majority class, a
look-up of the lower port, forests and boosted trees on header fields or, of
records, on their features.

What it finds on the validation part goes to confidence.json: a temperature for
each task, with which probabilities can be taken at their word, and the scores
of traffic that the model knows. `mtc export` and `mtc classify` answer by it.
With the test part it also measures what an answer costs (cost.json) and, where
the training left an application out, how well it is told from what the model
knows (unknown_traffic.json).

With --captures it is evaluated on the flows of labelled captures instead that
no part of the dataset holds, those of another network, and the figures go to
other_captures.json and to the page.
"""


def add_parser(subparsers):
    """Adds `mtc evaluate` to the sub-commands of an `argparse` parser."""
    parser = add_command(
        subparsers,
        "evaluate",
        run,
        help="compute the metrics of a trained run",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    add_workdir(parser)
    parser.add_argument(
        "--part",
        choices=PARTS,
        default="test",
        help="the part of the dataset to evaluate (default: test)",
    )
    parser.add_argument(
        "--no_baselines",
        action="store_true",
        help="train no shallow models to stand beside the model",
    )
    parser.add_argument(
        "--captures",
        metavar="FOLDER",
        type=path_argument,
        help="labelled captures of others, to evaluate on instead of a part",
    )
    parser.add_argument(
        "--labels",
        metavar="FILE",
        type=path_argument,
        help="the labels of --captures (default: labels.csv in the folder); "
        "datasets/… comes with the package",
    )
    add_data_dir(
        parser, help="where the prepared dataset lies now, if it was moved"
    )


def run(args):
    """Runs `mtc evaluate`.

    Args:
        args: `argparse.Namespace`.

    Returns:
        int. Exit code.

    Raises:
        InputError: if run, dataset or captures cannot be read.
    """
    trained_run = load_run(args.workdir)
    if args.captures:
        return _run_on_captures(args, trained_run)
    if args.labels:
        raise InputError("--labels goes with --captures, which is missing")
    # Only now: what is wrong with the run shows without TensorFlow.
    startup.import_tensorflow()
    from mtc_tf.evaluation.baselines.dataset_baselines import (
        baseline_probabilities,
    )

    baselines = None if args.no_baselines else baseline_probabilities
    evaluate_run(trained_run, args.part, args.data_dir, baselines)
    return 0


def _run_on_captures(args, trained_run):
    """Evaluates a run on captures that no part of its dataset holds."""
    if trained_run.facts.features:
        raise InputError(
            "--captures is for models of packets and flows; received: "
            f"{args.workdir}, a model of records"
        )
    label_map = _label_map(args.labels or args.captures / "labels.csv")
    startup.import_tensorflow()
    from mtc_tf.evaluation.other_captures import evaluate_captures
    from mtc_tf.evaluation.other_captures_text import captures_text
    from mtc_tf.inference.keras_model import classifier_of
    from mtc_tf.inference.keras_model import serving_function
    from mtc_tf.inference.stored_model import load_classifier

    # As it was trained, without temperatures, as on the test part.
    function = serving_function(trained_run.load_model(), None)
    result = evaluate_captures(
        trained_run,
        classifier_of(trained_run.facts, function, args.workdir),
        args.captures,
        label_map,
        load_classifier(args.workdir)
        if trained_run.load_confidence()
        else None,
    )
    path = args.workdir / OTHER_CAPTURES_FILE
    write_json(path, result)
    written = f"written to {printable(path)}"
    print(f"{captures_text(result)}\n\n{written}", flush=True)
    write_run_page(args.workdir)
    return 0


def _label_map(path):
    path = or_shipped(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"the labels {path} cannot be read: {error.strerror}"
        ) from error
    return read_label_map(content, name=str(path))
