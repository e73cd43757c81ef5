"""`mtc evaluate`: the metrics of a trained run."""

from mtc_tf.commands import startup
from mtc_tf.commands.arguments import add_command
from mtc_tf.commands.arguments import add_data_dir
from mtc_tf.commands.arguments import add_workdir
from mtc_tf.commands.arguments import path_argument
from mtc_tf.commands.run_page import write_run_page
from mtc_tf.data.labels import read_label_map
from mtc_tf.data.splits import PARTS
from mtc_tf.errors import InputError
from mtc_tf.files.shipped import or_shipped
from mtc_tf.printable import printable
from mtc_tf.runs.confidence import CONFIDENCE_FILE
from mtc_tf.runs.run_directory import ANSWERS_FILE
from mtc_tf.runs.run_directory import COST_FILE
from mtc_tf.runs.run_directory import OTHER_CAPTURES_FILE
from mtc_tf.runs.run_directory import UNKNOWN_TRAFFIC_FILE
from mtc_tf.runs.run_directory import load_run
from mtc_tf.runs.run_directory import write_json
from mtc_tf.tasks import APPLICATION

_EXAMPLES = """\
examples:
  mtc evaluate --workdir=runs/iscx/quick
  mtc evaluate --workdir=runs/iscx/quick --part=validation --data_dir=DATA
  mtc evaluate --workdir=build/demo/run --captures=OTHERS --labels=labels.csv
"""
_DESCRIPTION = """\
Evaluates a trained run on the test part of its dataset, which neither training
nor the choice of the epoch has seen. Prints tables, and writes the same
figures to metrics.json in the run directory (metrics_PART.json for another
part) and, of the test part, a page to report.html and the answers, which
`mtc compare` sets beside those of another run, to answers.npz. Beside the model
stand shallow ones, trained on the same training part: a look-up of the lower
port, forests and boosted trees on header fields or, of records, on their
features.

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
        help="train no look-up and no trees to stand beside the model",
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
    from mtc_tf.evaluation.confidence import fit_confidence
    from mtc_tf.evaluation.evaluate import evaluate
    from mtc_tf.evaluation.report import format_report

    result = evaluate(
        trained_run,
        args.part,
        args.data_dir,
        baselines=None if args.no_baselines else baseline_probabilities,
        answers_file=args.workdir / ANSWERS_FILE
        if args.part == "test"
        else None,
    )
    name = "metrics" if args.part == "test" else f"metrics_{args.part}"
    print(f"{format_report(result)}\n", flush=True)
    _write(args, f"{name}.json", result, "written to")
    confidence = fit_confidence(trained_run, result, args.data_dir)
    if confidence:
        what = "temperatures, and scores of known traffic:"
        _write(args, CONFIDENCE_FILE, confidence.as_json(), what)
    if args.part == "test":
        _measure_more(args, trained_run, has_known=confidence is not None)
        write_run_page(args.workdir)
    return 0


def _measure_more(args, trained_run, has_known):
    """What is no figure of the test part: unknown traffic, and the cost."""
    from mtc_tf.evaluation.confidence import left_out_class
    from mtc_tf.evaluation.model_cost import model_cost
    from mtc_tf.evaluation.unknown_traffic import unknown_traffic

    if has_known and left_out_class(trained_run, APPLICATION) is not None:
        found = unknown_traffic(trained_run, args.data_dir)
        what = "the application that was left out:"
        _write(args, UNKNOWN_TRAFFIC_FILE, found, what)
    cost = model_cost(trained_run, args.part, args.data_dir)
    _write(args, COST_FILE, cost, "what an answer costs:")


def _write(args, name, content, what):
    """Writes to the run directory, and says so."""
    path = args.workdir / name
    write_json(path, content)
    print(f"{what} {printable(path)}", flush=True)


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
    print(f"{captures_text(result)}\n", flush=True)
    _write(args, OTHER_CAPTURES_FILE, result, "written to")
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
