"""What a command of `mtc` takes from its start on, for tests."""

import subprocess
import sys

_SCRIPT = """
import resource, sys
from mtc_tf.cli import main
assert main(sys.argv[1:]) == 0
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, *sys.modules)
"""
# Other tests run beside it: the best one counts.
_MOST_TRIES = 6


def started_within(seconds, *arguments):
    """Runs a command until it has taken less than some seconds of processor.

    Args:
        seconds: float.
        *arguments: of `mtc`, such as `"classify"`.

    Returns:
        tuple `(lines, modules)`: what it printed, and the set of names of
        modules that it imported.

    Raises:
        AssertionError: if it never took so little.
    """
    for _ in range(_MOST_TRIES):
        process = subprocess.run(
            [sys.executable, "-c", _SCRIPT, *map(str, arguments)],
            capture_output=True,
            check=True,
            text=True,
        )
        *lines, last = process.stdout.splitlines()
        used, *modules = last.split()
        if float(used) < seconds:
            return lines, set(modules)
    raise AssertionError(f"{used} s")
