"""Makes a small set of a large one: few packets of each flow.

python -m lab.cut SET OUT
"""

import argparse
import collections
import gzip
import sys

import tqdm
from scapy.utils import RawPcapWriter

from lab.arguments import add_set_and_output
from lab.arguments import positive
from lab.errors import LabError
from lab.plans import number_of
from lab.report import MISSING
from lab.report import count_capture
from lab.report import sessions_table
from lab.set_files import check_new
from lab.set_files import find_capture
from lab.set_files import read_csv
from lab.set_files import write_csv
from mtc_tf.errors import InputError
from mtc_tf.files.atomic import replacing
from mtc_tf.packets import preprocess_capture
from mtc_tf.packets.capture import read_capture
from mtc_tf.packets.frame_times import MICROSECONDS

_ETHERNET = 1
_SESSIONS, _REPORT = "sessions.csv", "report.md"
_TABLES = ("labels.csv", _SESSIONS)
# There where the set has sessions that no model is to learn.
_UNKNOWN = "unknown.csv"
_DESCRIPTION = """\
Copies a set that the lab made, so that it is small and as varied:

- of each flow the first packets that carry data, and of those that carry none
  the ones up to the last of the others in the capture;
- compressed by gzip; two copies of a set are the same, byte for byte.

sessions.csv and report.md count anew.
"""


def main(arguments=None):
    """Cuts a set.

    Args:
        arguments: list of str, or None for those of the process.

    Returns:
        int. Exit code: 0 fine, 1 a set could not be read or written.
    """
    args = _parser().parse_args(arguments)
    try:
        cut_set(args.set, args.output, args.packets, args.sessions)
    except (LabError, InputError, OSError) as error:
        print(f"lab.cut: error: {error}", file=sys.stderr)
        return 1
    return 0


def cut_set(folder, output, packets, sessions=None):
    """Writes the small set.

    Args:
        folder: `pathlib.Path` of a set that the lab made.
        output: `pathlib.Path` of a new folder.
        packets: int. As of `cut_capture`.
        sessions: int. How many of each scenario, as it is and in tunnels, are
            copied; by default all.

    Raises:
        InputError: if a capture cannot be read.
        LabError: if the new folder is there.
        OSError: if the set cannot be read, or the other not be written.
    """
    check_new(output)
    tables = {name: read_csv(folder / name) for name in _TABLES}
    if (folder / _UNKNOWN).exists():
        tables[_UNKNOWN] = read_csv(folder / _UNKNOWN)
    kept = {
        name: [
            row
            for row in rows
            if sessions is None or number_of(row["capture"]) <= sessions
        ]
        for name, rows in tables.items()
    }
    with replacing(output) as small:
        small.mkdir()
        for row in tqdm.tqdm(kept[_SESSIONS], unit=" captures", disable=None):
            name = row["capture"]
            capture = small / f"{name}.pcap.gz"
            cut_capture(find_capture(folder, name), capture, packets)
            row.update(count_capture(capture))
        for name, rows in kept.items():
            write_csv(small / name, rows)
        _write_report(folder, small, kept[_SESSIONS], packets)


def _write_report(folder, small, sessions, packets):
    """Sums up what is left; what was missing, and the packages, stay."""
    before = (folder / _REPORT).read_text("utf-8")
    lines = [*sessions_table(sessions), ""]
    lines += [
        f"Of each flow the first {packets} packets that carry data, as `python "
        "-m lab.cut` leaves them.",
        "",
        before[before.index(MISSING) :],
    ]
    (small / _REPORT).write_text("\n".join(lines), "utf-8")


def cut_capture(capture, output, packets):
    """Writes the first packets of each flow.

    Args:
        capture: `pathlib.Path`, of Ethernet.
        output: `pathlib.Path` of the compressed pcap.
        packets: int. Packets of a flow that are kept, of those that the
            preprocessing keeps. What it drops is kept up to the last of them.

    Raises:
        InputError: if the capture cannot be read.
        LabError: if it is of another link type.
    """
    seen = collections.Counter()
    too_late, last = set(), -1
    for batch in preprocess_capture(capture):
        for number, flow in zip(
            batch.numbers.tolist(), batch.flows.tolist(), strict=True
        ):
            seen[flow] += 1
            if seen[flow] > packets:
                too_late.add(number)
            else:
                last = number
    # Neither its name nor the time of writing belongs into the file.
    with (
        output.open("wb") as file,
        gzip.GzipFile("", "wb", fileobj=file, mtime=0) as stream,
    ):
        writer = RawPcapWriter(stream, linktype=_ETHERNET, sync=False)
        writer.write_header(None)
        for frames in read_capture(capture):
            if (frames.link_types != _ETHERNET).any():
                raise LabError(f"{capture} is of another link than Ethernet")
            for place in range(
                min(len(frames), last + 1 - frames.first_number)
            ):
                if frames.first_number + place not in too_late:
                    _write(writer, frames, place)


def _write(writer, frames, place):
    start = frames.starts[place]
    captured = int(frames.lengths[place])
    seconds, fraction = divmod(int(frames.microseconds[place]), MICROSECONDS)
    writer.write_packet(
        frames.data[start : start + captured].tobytes(),
        sec=seconds,
        usec=fraction,
        caplen=captured,
        wirelen=int(frames.wire_lengths[place]),
    )


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m lab.cut",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_set_and_output(parser)
    parser.add_argument(
        "--packets",
        type=positive,
        default=24,
        metavar="N",
        help="packets of a flow (default: 24)",
    )
    parser.add_argument(
        "--sessions",
        type=positive,
        metavar="N",
        help="the first N sessions of each scenario as it is, and in tunnels "
        "(default: all)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
