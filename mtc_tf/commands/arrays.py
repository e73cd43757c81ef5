"""`mtc arrays`: a prepared dataset as one file, for training under JAX."""

from mtc_tf.commands import startup
from mtc_tf.commands.arguments import add_command
from mtc_tf.commands.arguments import add_data_dir
from mtc_tf.commands.arguments import count_argument
from mtc_tf.commands.arguments import path_argument
from mtc_tf.commands.number_argument import number_argument
from mtc_tf.printable import printable

_EXAMPLES = """\
examples:
  mtc arrays iscx_vpn_nonvpn/flow --data_dir=DATA --output=flow.npz
  mtc arrays iscx_vpn_nonvpn/flow --data_dir=DATA --output=small.npz \\
      --width=64 --compress
  mtc train --backend=jax --arrays=flow.npz --workdir=RUN \\
      --flagfile=configs/iscx/mtc.flags
"""
_DESCRIPTION = """\
Writes the rows, labels and flows of a prepared dataset, and what a run must
know of it, to one .npz file. `mtc train --backend=jax` trains on it where
TensorFlow is not installed.
"""


def add_parser(subparsers):
    """Adds `mtc arrays` to the sub-commands of an `argparse` parser."""
    parser = add_command(
        subparsers,
        "arrays",
        run,
        help="write a prepared dataset as one file, for training under JAX",
        description=_DESCRIPTION,
        examples=_EXAMPLES,
    )
    parser.add_argument(
        "dataset",
        metavar="DATASET",
        help="prepared dataset and configuration: NAME/CONFIG",
    )
    add_data_dir(
        parser,
        default="~/tensorflow_datasets",
        help="the folder of `mtc build` (default: %(default)s)",
    )
    parser.add_argument(
        "--output",
        required=True,
        metavar="FILE",
        type=path_argument,
        help="the .npz file to write",
    )
    parser.add_argument(
        "--width",
        metavar="N",
        type=count_argument,
        help="keep only the first values of each row, for models that read no "
        "more (default: all)",
    )
    parser.add_argument(
        "--fraction",
        metavar="SHARE",
        type=number_argument(
            "a number above 0 and up to 1", lambda x: 0 < x <= 1
        ),
        default=1.0,
        help="keep only so much of each part, its first rows (default: 1)",
    )
    parser.add_argument(
        "--compress",
        action="store_true",
        help="a smaller file, slower to write and to read",
    )


def run(args):
    """Runs `mtc arrays`.

    Args:
        args: `argparse.Namespace`.

    Returns:
        int. Exit code.

    Raises:
        InputError: if the dataset cannot be read, or the file not written.
    """
    startup.import_tensorflow()
    from mtc_tf.data.input_pipeline import load_builder
    from mtc_tf.data.write_arrays import write_arrays

    rows = write_arrays(
        load_builder(args.dataset, args.data_dir),
        args.output,
        width=args.width,
        fraction=args.fraction,
        compress=args.compress,
    )
    counts = ", ".join(f"{part} {count:,}" for part, count in rows.items())
    size = args.output.stat().st_size / 1e6
    print(f"rows: {counts}\nwritten to {printable(args.output)}: {size:.1f} MB")
    return 0
