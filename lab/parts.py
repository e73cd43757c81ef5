"""Says what of a set is for training and what for the test.

python -m lab.parts SET OUT --test=tunnel=wireguard
"""

import argparse
import collections
import os
import pathlib
import sys

from lab.arguments import add_set_and_output
from lab.arguments import positive
from lab.errors import LabError
from lab.plans import number_of
from lab.set_files import check_new
from lab.set_files import find_capture
from lab.set_files import read_csv
from lab.set_files import write_csv
from mtc_tf.data.labels import read_label_map
from mtc_tf.data.splits import PARTS
from mtc_tf.data.splits import TEST
from mtc_tf.data.splits import TRAIN
from mtc_tf.data.splits import VALIDATION
from mtc_tf.errors import InputError
from mtc_tf.files.atomic import replacing
from mtc_tf.packets import capture_name
from mtc_tf.packets.capture_files import find_captures

# Of the sessions of each scenario and way, one in five.
_TURNS = 5
_EXAMPLES = """\
examples:
  python -m lab.parts build/large build/grown --train=2
  python -m lab.parts build/large build/no_wireguard --test=tunnel=wireguard
  python -m lab.parts build/large build/programs --test=server=asyncssh \\
      --test=server=pyftpdlib --test=server=chasquid
  python -m lab.parts build/large build/foreign --others=CAPTURES \\
      --others_labels=datasets/other_captures/labels.csv
"""
_DESCRIPTION = """\
Makes a folder for `mtc build --manual_dir` of links to the captures of a set,
and a labels.csv whose column `part` says where each session goes: by its number
every fifth to the test and every fifth to the validation, so that sets that
grow are tested on the same sessions; or with --test or --others to the test
what is named there, and nothing else.
"""


def main(arguments=None):
    """Divides a set.

    Args:
        arguments: list of str, or None for those of the process.

    Returns:
        int. Exit code: 0 fine, 1 a set could not be read or written, 2 wrong
        usage.
    """
    args = _parser().parse_args(arguments)
    try:
        rows = _rows(args)
        _write_links(args.output, rows)
    except (LabError, InputError, OSError) as error:
        print(f"lab.parts: error: {error}", file=sys.stderr)
        return 1
    counts = {
        part: sum(row["part"] == part for _, row in rows) for part in PARTS
    }
    print(", ".join(f"{name} {count}" for name, count in counts.items()))
    return 0


def _rows(args):
    """Pairs of the path of a capture, and its row of labels."""
    sessions = read_csv(args.set / "sessions.csv")
    labels = collections.defaultdict(list)
    for row in read_csv(args.set / "labels.csv"):
        labels[row["capture"]].append(row)
    for column, value in args.test:
        if not any(session.get(column) == value for session in sessions):
            raise LabError(
                f"--test names a column of sessions.csv and one of its values, "
                f"received {column}={value}, which no session has"
            )
    rows = [
        (find_capture(args.set, name), {**row, "part": part})
        for session in sessions
        for name, part in [(session["capture"], _part(session, args))]
        for row in labels[name]
        if part
    ]
    return rows + _others(args, {row["application"] for _, row in rows})


def _part(session, args):
    """The part of a session, None if it is in none."""
    number = number_of(session["capture"])
    if args.test:
        if any(session[column] == value for column, value in args.test):
            return PARTS[TEST]
    elif number % _TURNS == 0 and not args.others:
        return PARTS[TEST]
    if number % _TURNS == 1:
        return PARTS[VALIDATION]
    # How many of the same scenario were for training before this one.
    before = sum(other % _TURNS > 1 for other in range(1, number))
    if args.train and before >= args.train:
        return None
    return PARTS[TRAIN]


def _others(args, applications):
    """Those of the captures of others whose application the set has."""
    if not args.others:
        return []
    path = args.others_labels or args.others / "labels.csv"
    label_map = read_label_map(path.read_bytes(), name=str(path))
    rows = []
    for path in find_captures(args.others)[0]:
        flow_labels = label_map.lookup(capture_name(path))
        for row in flow_labels.rows if flow_labels else ():
            if row.labels.application in applications:
                own = {**vars(row.labels), "flows": row.filter_text}
                own |= {"capture": capture_name(path), "part": PARTS[TEST]}
                rows.append((path, own))
    return rows


def _write_links(output, rows):
    columns = list(dict.fromkeys(name for _, row in rows for name in row))
    check_new(output)
    with replacing(output) as folder:
        folder.mkdir()
        for path in {path for path, _ in rows}:
            os.symlink(path.resolve(strict=True), folder / path.name)
        write_csv(
            folder / "labels.csv",
            [{name: row.get(name, "") for name in columns} for _, row in rows],
        )


def _condition(text):
    column, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(
            f"expected COLUMN=VALUE, received {text!r}"
        )
    return column, value


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m lab.parts",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_set_and_output(parser)
    parser.add_argument(
        "--test",
        metavar="COLUMN=VALUE",
        type=_condition,
        action="append",
        default=[],
        help="the test is of sessions with this value in sessions.csv; may be "
        "given several times, for more of them",
    )
    parser.add_argument(
        "--train",
        type=positive,
        metavar="N",
        help="the first N training sessions only, of each scenario as it is "
        "and in tunnels",
    )
    parser.add_argument(
        "--others",
        type=pathlib.Path,
        metavar="DIR",
        help="the test is of these captures, as far as the set has their "
        "application",
    )
    parser.add_argument(
        "--others_labels",
        type=pathlib.Path,
        metavar="FILE",
        help="their labels (default: labels.csv in DIR)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
