"""Programs that only work in a terminal, and somebody who types there."""

import shlex
import subprocess


class Terminal:
    """A program in a terminal.

    Args:
        process: `subprocess.Popen` of what holds the terminal.
    """

    def __init__(self, process):
        self._process = process

    def type(self, line):
        """Types a line, and the Enter key."""
        self._process.stdin.write(f"{line}\r".encode())
        self._process.stdin.flush()

    def wait(self):
        """Waits until the program has ended."""
        self._process.stdin.close()
        self._process.wait()


def start_in_terminal(host, *command, **started):
    """Starts a program in a terminal of its own.

    Args:
        host: `lab.host.Host`.
        *command: the program and its arguments.
        **started: `ready` and `says`, as for `Host.start`.

    Returns:
        `Terminal`.
    """
    process = host.start(
        *("env", "TERM=xterm", "script", "--quiet", "--flush", "--command"),
        *(shlex.join(map(str, command)), "/dev/null"),
        stdin=subprocess.PIPE,
        **started,
    )
    return Terminal(process)
