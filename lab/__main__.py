"""The traffic lab: plays sessions and writes labelled captures.

python -m lab --output=DIR
"""

import argparse
import pathlib
import signal
import sys

from lab.arguments import positive
from lab.errors import LabError
from lab.missing import Missing
from lab.missing import missing_lines
from lab.missing import what_lacks
from lab.packages import find_missing_packages
from lab.packages import installed_packages
from lab.plans import in_turns
from lab.plans import make_plans
from lab.play import play_all
from lab.report import write_report
from lab.sandbox import check_system
from lab.scenarios import SCENARIOS
from lab.unfinished import unfinished_set
from mtc_tf.errors import InputError

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

Until all is played, the captures are in DIR.unfinished. However the lab ends,
the same command goes on there: what was played stays, and what failed is tried
again. So does a command with the same seed and more sessions or scenarios, and
either with a finished DIR; other arguments are refused.
"""


def main(arguments=None):
    """Runs the lab.

    Args:
        arguments: list of str, or None for those of the process.

    Returns:
        int. Exit code: 0 fine, 1 the set could not be made or lacks more than
        a few sessions, 2 wrong usage, 130 interrupted.
    """
    args = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    plans = make_plans(args.scenario, args.sessions, args.seed)
    # A folder of another name becomes `.`, say.
    output = args.output.absolute()
    try:
        check_system()
        missing = _make_set(plans, output, args.jobs)
    except (LabError, InputError, OSError) as error:
        print(f"lab: error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "lab: interrupted; the same command goes on with what is played",
            file=sys.stderr,
        )
        return 130
    print((output / "report.md").read_text())
    for line in missing_lines(missing):
        print(f"lab: {line}", file=sys.stderr)
    lack = what_lacks(plans, missing)
    if lack:
        print(
            f"lab: error: {lack}; the same command tries them again",
            file=sys.stderr,
        )
    return 1 if lack else 0


def _interrupt(signum, frame):
    raise KeyboardInterrupt


def _make_set(plans, output, jobs):
    """Plays what can be played; gives the list of `Missing`."""
    lacks = find_missing_packages(plans, installed_packages())
    missing = [
        Missing(plan, lacks=lacks[plan.name])
        for plan in plans
        if plan.name in lacks
    ]
    for line in missing_lines(missing):
        print(f"lab: {line}", file=sys.stderr)
    with unfinished_set(output, plans) as unfinished:
        wanted = [plan for plan in plans if plan.name not in lacks]
        missing += play_all(in_turns(wanted), unfinished, jobs)
        played = unfinished.played
        missing = [one for one in missing if one.plan.name not in played]
        write_report(
            [played[plan.name] for plan in plans if plan.name in played],
            missing,
            unfinished.folder,
        )
    return missing


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
        help="the folder to write; new, empty, or a set to go on with",
    )
    parser.add_argument(
        "--scenario",
        action="append",
        choices=[scenario.name for scenario in SCENARIOS],
        help="play this one only; can be given several times",
    )
    parser.add_argument(
        "--sessions",
        type=positive,
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
        type=positive,
        default=8,
        metavar="N",
        help="sessions at a time, which wait more than they work (default: 8)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
