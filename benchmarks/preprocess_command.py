"""What `mtc preprocess` takes as a whole command: start-up, and a Parquet file.

Times are seconds of processor time of the command's process.
"""

import dataclasses
import pathlib
import resource
import subprocess
import sys
import tempfile

_SCRIPT = """
import sys
from benchmarks.peak_memory import peak_memory
from mtc_tf.cli import main
code = main(["preprocess", sys.argv[1], "--output=" + sys.argv[2]])
print(peak_memory())
sys.exit(code)
"""
# An empty pcap has no row; this one has a packet of TCP.
_TINY = bytes.fromhex(
    "d4c3b2a1 02000400 00000000 00000000 ffff0000 01000000"
    "00000000 00000000 37000000 37000000"
    "000000000000 000000000000 0800"
    "45000029 00000000 40060000 0a000001 0a000002"
    "9c4001bb 00000000 00000000 50180000 00000000 78"
)


@dataclasses.dataclass(frozen=True)
class CommandRun:
    """What a run of the command took.

    Args:
        seconds: float. Processor time.
        memory_mb: int. Peak resident memory.
    """

    seconds: float
    memory_mb: int


def run_command(capture):
    """Runs `mtc preprocess` once, into a Parquet file.

    Args:
        capture: path.

    Returns:
        `CommandRun`.
    """
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder, "packets.parquet")
        before = _children()
        process = subprocess.run(
            [sys.executable, "-c", _SCRIPT, capture, output],
            capture_output=True,
            check=True,
            text=True,
        )
        seconds = _children() - before
    return CommandRun(seconds, int(process.stdout.split()[-1]))


def start_up():
    """Returns the seconds that the command takes for one packet."""
    with tempfile.TemporaryDirectory() as folder:
        capture = pathlib.Path(folder, "tiny.pcap")
        capture.write_bytes(_TINY)
        return min(run_command(capture).seconds for _ in range(3))


def _children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
