"""Whether `mtc classify -` stays in constant memory, however much comes.

    python -m benchmarks.stream_memory --gigabytes=1
    python -m benchmarks.stream_memory --flows=10000000

The first streams a made capture of so many bytes, labelled by the model of the
package; the second a flood of flows of one packet each, labelled by a model of
packets that is one matrix, since MTC-Lite would take an hour. Both tell the
memory of the process for each tenth of the stream, and fail where it grows by
more than a tenth behind the second one.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
from tabulate import tabulate

from benchmarks.mixed_capture import write_mixed_capture
from benchmarks.serving import write_artefacts
from benchmarks.training import CLASSES
from mtc_tf.packets import PACKET_LENGTH

_TENTHS = 10
_GROWTH = 0.1
_MIXED_PACKETS = 20_000
_FLOWS_AT_ONCE = 50_000
_RAW_IP = 101
_HEADER_BYTES = 24


def main():
    """Runs the benchmark; returns the exit code: 0 where memory is flat."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.stream_memory",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kinds = parser.add_mutually_exclusive_group(required=True)
    kinds.add_argument("--gigabytes", type=float)
    kinds.add_argument("--flows", type=int)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        if args.flows:
            write_artefacts(_one_matrix(), folder)
            arguments = [f"--model={folder / 'model.tflite'}", "--by=flow"]
            parts = one_packet_flows(args.flows)
        else:
            arguments = []
            parts = mixed_packets(folder, args.gigabytes)
        rows = measure(arguments, parts)
    print(tabulate(rows, "keys", floatfmt=",.1f", intfmt=","))
    return 0 if is_flat([row["memory, MB"] for row in rows]) else 1


def _one_matrix():
    import keras

    packet = keras.Input((PACKET_LENGTH,), dtype="uint8", name="packet")
    values = keras.layers.Rescaling(1 / 255)(packet)
    return keras.Model(
        {"packet": packet},
        {
            task: keras.layers.Dense(classes, "softmax", name=task)(values)
            for task, classes in CLASSES.items()
        },
    )


def mixed_packets(folder, gigabytes):
    """A capture that is repeated until it is large, in ten parts.

    Args:
        folder: `pathlib.Path` for the capture.
        gigabytes: float.

    Returns:
        list of ten iterables of bytes.
    """
    capture = folder / "mixed.pcap"
    write_mixed_capture(capture, _MIXED_PACKETS, "pcap")
    content = capture.read_bytes()
    header, records = content[:_HEADER_BYTES], content[_HEADER_BYTES:]
    times = max(1, round(gigabytes * 1e9 / _TENTHS / len(records)))
    first, *others = [[records] * times for _ in range(_TENTHS)]
    return [[header, *first], *others]


def one_packet_flows(flows):
    """A flood of UDP packets, no two of a flow, in ten parts.

    Args:
        flows: int.

    Returns:
        list of ten iterables of bytes.
    """
    bounds = np.linspace(0, flows, _TENTHS + 1, dtype=np.int64).tolist()
    first, *others = [
        _flood(begin, end)
        for begin, end in zip(bounds[:-1], bounds[1:], strict=True)
    ]
    header = np.array(
        [0xA1B2C3D4, 2 | 4 << 16, 0, 0, 65535, _RAW_IP], "<u4"
    ).tobytes()
    return [_behind(header, first), *others]


def _behind(header, parts):
    yield header
    yield from parts


def _flood(begin, end):
    record = np.dtype(
        [("seconds", "<u4"), ("microseconds", "<u4"), ("lengths", "<u4", 2)]
        + [("ip", "u1", 12), ("source", ">u4"), ("destination", ">u4")]
        + [("ports", ">u2", 2), ("udp", ">u2", 2), ("payload", "u1", 4)]
    )
    for start in range(begin, end, _FLOWS_AT_ONCE):
        numbers = np.arange(start, min(start + _FLOWS_AT_ONCE, end))
        records = np.zeros(len(numbers), record)
        records["seconds"] = 1_700_000_000 + numbers // 10_000
        records["microseconds"] = numbers % 10_000 * 100
        records["lengths"] = record.itemsize - 16
        records["ip"] = list(bytes.fromhex("450000200000400040110000"))
        records["source"] = numbers
        records["destination"] = 0xC0000201
        records["ports"] = 40_000, 443
        records["udp"] = 12, 0
        records["payload"] = 1, 2, 3, 4
        yield records.tobytes()


def measure(arguments, parts):
    """Streams parts through `mtc classify -`.

    Args:
        arguments: list of str, more of the command.
        parts: list of iterables of bytes.

    Returns:
        list of dicts, one for each part: the bytes streamed so far, the memory
        of the process then, and the seconds that have passed.
    """
    command = [sys.executable, "-m", "mtc_tf.cli", "classify", "-"]
    rows, streamed, begin = [], 0, time.perf_counter()
    with (
        open(os.devnull, "wb") as nowhere,
        subprocess.Popen(
            [*command, *arguments, "--format=csv"],
            stdin=subprocess.PIPE,
            stdout=nowhere,
        ) as process,
    ):
        for part in parts:
            for content in part:
                process.stdin.write(content)
                streamed += len(content)
            rows.append(
                {
                    "streamed, MB": streamed / 1e6,
                    "memory, MB": _resident_bytes(process.pid) / 1e6,
                    "seconds": time.perf_counter() - begin,
                }
            )
        process.stdin.close()
    if process.returncode:
        sys.exit(f"stream_memory: the command ended with {process.returncode}")
    return rows


def _resident_bytes(pid):
    pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def is_flat(memory):
    """Whether memory has not grown behind the second tenth.

    Args:
        memory: list of float, one for each tenth.

    Returns:
        bool.
    """
    return max(memory[2:]) <= (1 + _GROWTH) * memory[1]


if __name__ == "__main__":
    sys.exit(main())
