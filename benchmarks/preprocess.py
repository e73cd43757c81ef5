"""How fast `mtc_tf.packets` is, and how much memory it takes.

    python -m benchmarks.preprocess

writes a capture of mixed packets in each format and compares with scapy's
dissection of a slice, in one run and by turns, so that other load on the
machine strikes both; beside it the whole command `mtc preprocess`, into
a Parquet file. Rates are packets a second of processor time; all use one core.
The rows of the slice must be equal. Memory is the peak of a process that does
nothing else, for the whole capture and for a tenth of it.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

from benchmarks.mixed_capture import FORMATS
from benchmarks.mixed_capture import write_mixed_capture
from benchmarks.preprocess_command import run_command
from benchmarks.preprocess_command import start_up
from benchmarks.scapy_preprocessing import preprocess_frame
from mtc_tf.packets import preprocess_capture
from mtc_tf.packets import read_capture

GOALS = {"pcap": 230, "pcapng": 207}  # times scapy
COMMAND_GOAL = 100
START_UP_GOAL = 0.5  # seconds
MEMORY_GOAL = 150  # MB

_SLICE = 4000
_ROUNDS = 3

_MEMORY_SCRIPT = """
import sys
from benchmarks.peak_memory import peak_memory
from mtc_tf.packets import preprocess_capture
for _ in preprocess_capture(sys.argv[1]):
    pass
print(peak_memory())
"""

_TABLE = """\
{format}: {packets} packets, {megabytes} MB
  mtc_tf.packets    {packets_per_second:>8} packets/s
  mtc preprocess    {command_packets_per_second:>8} packets/s
  scapy dissection  {scapy_packets_per_second:>8} packets/s
  ratio             {times_scapy:>8} (goal: {goal})
  of the command    {command_times_scapy:>8} (goal: {command_goal})
  its start-up      {start_up_seconds:>8} s (goal: below {start_up_goal})
  rows equal        {rows_equal!s:>8}
  peak memory       {memory_mb:>8} MB (goal: below {memory_goal_mb})
  of a tenth        {memory_mb_of_a_tenth:>8} MB
  of the command    {command_memory_mb:>8} MB
  of a tenth        {command_memory_mb_of_a_tenth:>8} MB"""


def main():
    """Runs the benchmark; returns the exit code."""
    args = _parse_arguments()
    results, start_up_seconds = [], round(start_up(), 2)
    with tempfile.TemporaryDirectory() as folder:
        for file_format in FORMATS:
            path = pathlib.Path(folder, f"mixed.{file_format}")
            write_mixed_capture(path, args.packets, file_format)
            small = pathlib.Path(folder, f"small.{file_format}")
            write_mixed_capture(small, args.packets // 10, file_format)
            results.append(
                {
                    "format": file_format,
                    "packets": args.packets,
                    "megabytes": round(path.stat().st_size / 1e6),
                    **_speed(path, args.packets),
                    "goal": GOALS[file_format],
                    "command_goal": COMMAND_GOAL,
                    "start_up_seconds": start_up_seconds,
                    "start_up_goal": START_UP_GOAL,
                    "memory_mb": _peak_memory(path),
                    "memory_mb_of_a_tenth": _peak_memory(small),
                    "memory_goal_mb": MEMORY_GOAL,
                    "command_memory_mb_of_a_tenth": run_command(
                        small
                    ).memory_mb,
                }
            )
            # One capture at a time on the disk.
            path.unlink()
    print(json.dumps(results) if args.json else _table(results))
    return 0 if all(result["rows_equal"] for result in results) else 1


def _parse_arguments():
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.preprocess",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--packets",
        type=int,
        default=500_000,
        help="packets of the capture (default: %(default)s)",
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON array"
    )
    return parser.parse_args()


def _speed(path, num_packets):
    """The best rate of both ways out of some rounds, taken by turns."""
    frames = _first_frames(path)
    seconds, scapy_seconds, commands = [], [], []
    for _ in range(_ROUNDS):
        seconds.append(_processor_seconds(lambda: _run_through(path)))
        commands.append(run_command(path))
        scapy_seconds.append(
            _processor_seconds(lambda: list(map(preprocess_frame, frames)))
        )
    rate = num_packets / min(seconds)
    command_rate = num_packets / min(run.seconds for run in commands)
    scapy_rate = len(frames) / min(scapy_seconds)
    return {
        "packets_per_second": round(rate),
        "command_packets_per_second": round(command_rate),
        "scapy_packets_per_second": round(scapy_rate),
        "times_scapy": round(rate / scapy_rate, 1),
        "command_times_scapy": round(command_rate / scapy_rate, 1),
        "command_memory_mb": max(run.memory_mb for run in commands),
        "rows_equal": _rows_equal(path, frames),
    }


def _first_frames(path):
    """The frames of the slice as bytes, read before the clock runs."""
    frames = []
    for batch in read_capture(path):
        for start, length in zip(batch.starts, batch.lengths, strict=True):
            frames.append(batch.data[start : start + length].tobytes())
        if len(frames) >= _SLICE:
            break
    return frames[:_SLICE]


def _run_through(path):
    for _ in preprocess_capture(path):
        pass


def _processor_seconds(work):
    begin = time.process_time()
    work()
    return time.process_time() - begin


def _rows_equal(path, frames):
    expected = {
        number: row
        for number, row in enumerate(map(preprocess_frame, frames))
        if row is not None
    }
    received = {}
    for batch in preprocess_capture(path):
        inside = batch.numbers < len(frames)
        rows = map(bytes, batch.packets[inside])
        received.update(zip(batch.numbers[inside].tolist(), rows, strict=True))
        if not inside.all():
            break
    return received == expected


def _peak_memory(path):
    """Peak resident memory, in MB, of a process that preprocesses `path`."""
    process = subprocess.run(
        [sys.executable, "-c", _MEMORY_SCRIPT, path],
        capture_output=True,
        check=True,
        text=True,
    )
    return int(process.stdout)


def _table(results):
    return "\n".join(_TABLE.format(**result) for result in results)


if __name__ == "__main__":
    sys.exit(main())
