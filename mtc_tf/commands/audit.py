"""`mtc audit`: what a dataset gives away before a model is trained."""

from mtc_tf.commands.arguments import add_command
from mtc_tf.commands.arguments import add_data_dir
from mtc_tf.commands.arguments import expanded_path
from mtc_tf.commands.arguments import path_argument
from mtc_tf.errors import InputError
from mtc_tf.printable import printable
from mtc_tf.printable import printable_content

_LABELS = "labels.csv"
_EXAMPLES = """\
examples:
  mtc audit traffic_lab/paper --data_dir=DATA
  mtc audit cicids2017/clean --data_dir=DATA --output=audit.json
  mtc audit FOLDER
"""
_DESCRIPTION = """\
Says what gives the labels of a dataset away, without a model: equal rows,
flows and groups that stand in two parts, header fields (of records, features)
that tell the label by themselves, the score of shallow models, and captures
whose label the others contradict. The worst leak comes first. Needs no
TensorFlow.

The dataset is one that `mtc build` prepared, or a folder of captures with
their labels in labels.csv, which is divided as config `capture` would be.
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
        metavar="DATASET",
        help="NAME/CONFIG of a prepared dataset, or a folder of captures with "
        "labels.csv",
    )
    add_data_dir(parser, help="where the prepared dataset lies")
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
        InputError: if the dataset cannot be read.
    """
    rows = _rows(args)
    # Only now: scikit-learn takes a second.
    from mtc_tf.audit.audit import audit
    from mtc_tf.audit.report import report_text
    from mtc_tf.runs.run_directory import write_json

    result = audit(rows)
    if args.output:
        write_json(args.output, result)
    print(report_text(printable_content(result)), flush=True)
    if args.output:
        print(f"\nwritten to {printable(args.output)}", flush=True)
    return 0


def _rows(args):
    from mtc_tf.audit import row_sources
    from mtc_tf.data.labels import read_label_map

    if args.data_dir is not None:
        return row_sources.prepared_rows(args.dataset, args.data_dir)
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
        folder, read_label_map(content, name=str(path))
    )
