"""`mtc audit`: what a dataset gives away before a model is trained."""

from mtc_tf.commands.arguments import add_command
from mtc_tf.commands.arguments import add_data_dir
from mtc_tf.commands.arguments import expanded_path
from mtc_tf.commands.arguments import path_argument
from mtc_tf.commands.run_page import write_run_page
from mtc_tf.data.capture_split import SPLITS
from mtc_tf.errors import InputError
from mtc_tf.packets.fields import RECIPES
from mtc_tf.printable import printable
from mtc_tf.printable import printable_content
from mtc_tf.runs.provenance import provenance
from mtc_tf.runs.run_directory import AUDIT_FILE
from mtc_tf.runs.run_directory import load_run
from mtc_tf.runs.run_directory import write_json

_LABELS = "labels.csv"
_SPLIT, _RECIPE = "capture", "strict"
_EXAMPLES = """\
examples:
  mtc audit traffic_lab/paper --data_dir=DATA
  mtc audit cicids2017/clean --data_dir=DATA --output=audit.json
  mtc audit FOLDER
  mtc audit FOLDER --split=packet --recipe=paper
  mtc audit --workdir=runs/iscx/quick
"""
_DESCRIPTION = """\
Says what gives the labels of a dataset away, without a model: equal rows,
flows and groups that stand in two parts, header fields (of records, features)
that tell the label by themselves, the score of shallow models, and captures
whose label the others contradict. The worst leak comes first. Needs no
TensorFlow.

The dataset is one that `mtc build` prepared, or a folder of captures with
their labels in labels.csv, which is preprocessed and divided here. With
--workdir it is the dataset of a trained run; what is found also goes to
audit.json in the run directory and to the page of an evaluated run.
"""


def add_parser(subparsers):
    """Adds `mtc audit` to the sub-commands of an `argparse` parser."""
    parser = add_command(
        subparsers,
        "audit",
        run,
        help="say what a dataset gives away, without a model",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    parser.add_argument(
        "dataset",
        nargs="?",
        metavar="DATASET",
        help="NAME/CONFIG of a prepared dataset, or a folder of captures with "
        "labels.csv",
    )
    parser.add_argument(
        "--workdir",
        metavar="DIR",
        type=path_argument,
        help="a run directory, to audit the dataset that it was trained on",
    )
    add_data_dir(
        parser,
        help="where the prepared dataset lies; with --workdir, where it lies "
        "now, if it was moved",
    )
    parser.add_argument(
        "--split",
        choices=SPLITS,
        help="of a folder: what never stands in two parts (default: "
        f"{_SPLIT}; as of `mtc build --config=paper`: packet)",
    )
    parser.add_argument(
        "--recipe",
        choices=RECIPES,
        help="of a folder: how it is preprocessed, as of `mtc preprocess` "
        f"(default: {_RECIPE})",
    )
    parser.add_argument(
        "--output",
        metavar="FILE",
        type=path_argument,
        help="also write everything that was found, as JSON",
    )


def run(args):
    """Runs `mtc audit`.

    Args:
        args: `argparse.Namespace`.

    Returns:
        int. Exit code.

    Raises:
        InputError: if the dataset or the run cannot be read.
    """
    if (args.dataset is None) == (args.workdir is None):
        raise InputError(
            "expected DATASET or --workdir, received "
            + ("neither" if args.dataset is None else "both")
        )
    rows = _rows(args)
    # Only now: scikit-learn takes a second.
    from mtc_tf.audit.audit import audit
    from mtc_tf.audit.report import report_text

    result = audit(rows)
    written = [args.output] if args.output else []
    if args.workdir:
        written.append(args.workdir / AUDIT_FILE)
    for path in written:
        write_json(path, result)
    print(report_text(printable_content(result)), flush=True)
    for path in written:
        print(f"\nwritten to {printable(path)}", flush=True)
    if args.workdir:
        write_run_page(args.workdir)
    return 0


def _rows(args):
    from mtc_tf.audit import row_sources

    if args.workdir or args.data_dir is not None:
        _refuse_options_of_folders(args)
        return row_sources.prepared_rows(_builder(args))
    from mtc_tf.data.labels import read_label_map

    folder = expanded_path(args.dataset)
    path = folder / _LABELS
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{args.dataset}: expected a folder of captures with {_LABELS}, "
            "or a prepared dataset and --data_dir"
        ) from error
    return row_sources.capture_rows(
        folder,
        read_label_map(content, name=str(path)),
        split=args.split or _SPLIT,
        recipe=args.recipe or _RECIPE,
    )


def _builder(args):
    """Opens a prepared dataset: of a run, or the one that is named."""
    if args.workdir:
        run = load_run(args.workdir)
        # Only now: what is wrong with the run shows without TFDS.
        from mtc_tf.evaluation.run_dataset import open_dataset

        return open_dataset(run, provenance(run), args.data_dir)
    from mtc_tf.data.prepared_builder import load_builder

    return load_builder(args.dataset, args.data_dir)


def _refuse_options_of_folders(args):
    for name in ("split", "recipe"):
        value = getattr(args, name)
        if value is not None:
            raise InputError(
                f"--{name} is for a folder of captures; "
                f"{args.dataset or args.workdir} is prepared already; "
                f"received: --{name}={value}"
            )
