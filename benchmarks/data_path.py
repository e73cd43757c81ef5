"""From captures to a prepared dataset and back: how fast, in how much memory.

    python -m benchmarks.data_path
    python -m benchmarks.data_path --others=ENVIRONMENT/bin/python
    python -m benchmarks.data_path --output=docs/data_path.svg

makes 20 captures of mixed packets, which hold 5 million together, and goes
through them in each way, in a process for each: reads them, preprocesses them,
writes them as a table, builds a dataset of them with one process and with two,
and reads that back. Beside these stand scapy's dissection of a slice, tcpdump
and a plain copy, and with a Python that has `dpkt` and `nfstream`, these. Rates
are packets (for what is written and read back, rows) a second of the clock, by
turns in one run; memory is the peak of the largest process. At last the dataset
is built from 0.1 million packets up, which `--output` draws: a straight line,
and memory that does not grow.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from tabulate import tabulate

from benchmarks.mixed_capture import write_mixed_capture

# Times scapy, or rows a second.
GOALS = {
    "preprocess": (230, "times scapy"),
    "table": (100, "times scapy"),
    "build": (100_000, "rows/s"),
    "read back, shuffled": (150_000, "rows/s"),
}
_CAPTURES = 20
_SIZES = (0.02, 0.1, 0.2, 0.4, 1.0)  # of all packets
_GROWTH = 1.3  # of memory, from a fifth of the packets to all
_OWN = ("read", "preprocess", "table", "build", "build, two processes")
_READ_BACK = ("read back", "read back, shuffled")
_OTHERS = ("dpkt", "nfstream")


def main():
    """Runs the benchmark; returns the exit code: 0 where the goals are met."""
    args = _parse_arguments()
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        folder = pathlib.Path(folder)
        captures = make_captures(folder / "captures", args.packets)
        ways = ["scapy", "copy", *_OWN, *_READ_BACK]
        if shutil.which("tcpdump"):
            ways.insert(2, "tcpdump")
        found = {way: run_way(way, captures, folder) for way in ways}
        for way in _OTHERS if args.others else ():
            found[way] = run_way(way, captures, folder, args.others)
        rows = table_rows(found)
        print(tabulate(rows, "keys", missingval="-"))
        points = [
            {"packets": packets, **_build_of(packets, folder)}
            for packets in (round(args.packets * x) for x in _SIZES)
        ]
    print()
    print(tabulate(points, "keys", floatfmt=",.1f", intfmt=","))
    if args.output:
        _draw(points, args.output)
    has_missed = any(row["goal"] and not row["met"] for row in rows)
    return int(has_missed or not is_flat(points))


def make_captures(folder, packets):
    """Writes captures, and the labels that make a dataset of them.

    Args:
        folder: `pathlib.Path`, which is not there yet.
        packets: int. Of all captures together.

    Returns:
        `pathlib.Path` of the folder.
    """
    folder.mkdir()
    lines = ["capture,application,traffic_type,auxiliary,group"]
    first = folder / "capture00.pcap"
    for number in range(_CAPTURES):
        path = folder / f"capture{number:02}.pcap"
        if number:
            shutil.copy(first, path)
        else:
            write_mixed_capture(path, packets // _CAPTURES, "pcap")
        # Of each application so many are taken, and no more.
        lines.append(
            f"{path.stem},Application {number},Chat,All_Chat,{path.stem}"
        )
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")
    return folder


def run_way(way, captures, folder, python=sys.executable):
    """Goes through the captures once, in a process of its own.

    Args:
        way: str. One of `benchmarks.data_path_ways.WAYS`.
        captures: `pathlib.Path` of the captures.
        folder: `pathlib.Path` for what is written.
        python: path of the Python that runs it.

    Returns:
        dict: `seconds`, `count` of packets or rows, `memory_mb`.
    """
    process = subprocess.run(
        [python, "-m", "benchmarks.data_path_ways", way, captures, folder],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    return json.loads(process.stdout.splitlines()[-1])


def table_rows(found):
    """Makes the rows of the table.

    Args:
        found: dict from way to what `run_way` returns.

    Returns:
        list of dicts.
    """
    rates = {way: x["count"] / x["seconds"] for way, x in found.items()}
    rows = []
    for way, measured in found.items():
        rate = rates[way]
        is_of_packets = measured["of"] == "packets"
        times = rate / rates["scapy"] if is_of_packets else None
        goal, unit = GOALS.get(way, (None, None))
        value = times if unit == "times scapy" else rate
        rows.append(
            {
                "way": way,
                "a second": f"{rate:,.0f}",
                "of": measured["of"],
                "times scapy": times and f"{times:.0f}",
                "memory, MB": measured["memory_mb"],
                "goal": goal and f"{goal:,} {unit}",
                "met": goal and value >= goal,
            }
        )
    return rows


def is_flat(points):
    """Whether memory is the same for all packets as for a fifth of them."""
    of_a_fifth, *_, of_all = (point["memory, MB"] for point in points[2:])
    return of_all <= _GROWTH * of_a_fifth


def _build_of(packets, folder):
    with tempfile.TemporaryDirectory(dir=folder) as own:
        own = pathlib.Path(own)
        captures = make_captures(own / "captures", packets)
        measured = run_way("build", captures, own)
    return {
        "seconds": measured["command_seconds"],
        "rows": measured["count"],
        "memory, MB": measured["memory_mb"],
    }


def _draw(points, output):
    # Not `pyplot`: it looks for a screen.
    from matplotlib.figure import Figure

    figure = Figure((9, 3.2), layout="constrained")
    packets = [point["packets"] / 1e6 for point in points]
    for panel, name in zip(
        figure.subplots(1, 2), ("seconds", "memory, MB"), strict=True
    ):
        values = [point[name] for point in points]
        panel.plot(packets, values, "o-")
        # Room above: what hardly grows would be cut by the frame.
        panel.set(xlabel="million packets", ylabel=name)
        panel.set(xlim=(0, None), ylim=(0, 1.1 * max(values)))
        panel.grid(alpha=0.3)
    figure.savefig(output, metadata={"Date": None})


def _parse_arguments():
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.data_path",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--packets", type=int, default=5_000_000)
    parser.add_argument("--folder", type=pathlib.Path, help="for the captures")
    parser.add_argument("--others", metavar="PYTHON", type=pathlib.Path)
    parser.add_argument(
        "--output", metavar="FILE", type=pathlib.Path, help="picture to write"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
