"""The traffic lab: plays sessions and writes labelled captures.

python -m lab --output=DIR
"""

import argparse
import contextlib
import pathlib
import signal
import sys

from lab.errors import LabError
from lab.plans import make_plans
from lab.play import play_all
from lab.report import write_report
from lab.sandbox import check_system
from lab.scenarios import SCENARIOS
from mtc_tf.errors import InputError
from mtc_tf.files.atomic import replacing

_EXAMPLES = """\
examples:
  python -m lab --output=build/lab
  python -m lab --output=build/sftp --scenario=sftp --sessions=20 --seed=7
"""
_DESCRIPTION = """\
Plays sessions of real clients and servers in network namespaces, with and
without a VPN, and captures what crosses the wire. DIR then holds the captures,
labels.csv (which makes it a folder for `tfds build --manual_dir`), sessions.csv
with the conditions and counts of each session, and report.md. Needs root.
"""


def main(arguments=None):
    """Runs the lab.

    Args:
        arguments: list of str, or None for those of the process.

    Returns:
        int. Exit code: 0 fine, 1 the set could not be made, 2 wrong usage,
        130 interrupted.
    """
    args = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        check_system()
        with _finished_folder(args.output) as folder:
            plans = make_plans(args.scenario, args.sessions, args.seed)
            write_report(play_all(plans, folder, args.jobs), folder)
    except (LabError, InputError, OSError) as error:
        print(f"lab: error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("lab: interrupted; nothing is left", file=sys.stderr)
        return 130
    print((args.output / "report.md").read_text())
    return 0


def _interrupt(signum, frame):
    raise KeyboardInterrupt


@contextlib.contextmanager
def _finished_folder(output):
    """Gives a folder that takes the name `output` when all is in it."""
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise LabError(
            f"--output must be new or empty, received {str(output)!r}, which "
            "holds something"
        )
    output.parent.mkdir(parents=True, exist_ok=True)
    with replacing(output) as unfinished:
        unfinished.mkdir()
        yield unfinished


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m lab",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--output",
        required=True,
        metavar="DIR",
        type=pathlib.Path,
        help="the folder to write; must be new or empty",
    )
    parser.add_argument(
        "--scenario",
        action="append",
        choices=[scenario.name for scenario in SCENARIOS],
        help="play this one only; can be given several times",
    )
    parser.add_argument(
        "--sessions",
        type=_positive,
        default=6,
        metavar="N",
        help="sessions of each scenario, and again as many through a VPN "
        "(default: 6)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="N",
        help="of sizes, contents, conditions and order (default: 0)",
    )
    parser.add_argument(
        "--jobs",
        type=_positive,
        default=4,
        metavar="N",
        help="sessions at a time (default: 4)",
    )
    return parser


def _positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(
            f"expected a positive integer, received {text}"
        )
    return number


if __name__ == "__main__":
    sys.exit(main())
