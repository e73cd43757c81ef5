"""What benchmarks that train models have in common."""

import argparse
import pathlib
import shlex
import subprocess
import sys


def run_mtc(command, *flags):
    """Runs a command of `mtc`, which says what it does on standard error.

    Args:
        command: str, such as `train`.
        *flags: str.

    Raises:
        SystemExit: if it fails.
    """
    print(f"$ mtc {shlex.join([command, *flags])}", file=sys.stderr, flush=True)
    # What it says of its own stays out of the tables.
    process = subprocess.run(
        [sys.executable, "-m", "mtc_tf.cli", command, *flags],
        stdout=sys.stderr,
    )
    if process.returncode:
        program = pathlib.Path(sys.argv[0]).stem
        sys.exit(f"{program}: mtc {command} failed, see above")


def training_parser(description):
    """Makes the parser of a benchmark that trains on one dataset.

    Args:
        description: str.

    Returns:
        `argparse.ArgumentParser`. It gives `flags` for `mtc train`, `dataset`,
        `data_dir`, `runs` and `seeds`.
    """
    parser = argparse.ArgumentParser(
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "flags", nargs="+", metavar="FLAG", help="what `mtc train` is given"
    )
    parser.add_argument("--dataset", required=True, metavar="NAME/CONFIG")
    parser.add_argument("--runs", required=True, type=pathlib.Path)
    parser.add_argument("--data_dir", required=True)
    parser.add_argument(
        "--seeds",
        default=[0],
        type=lambda text: [int(number) for number in text.split(",")],
    )
    return parser
