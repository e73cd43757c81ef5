"""One host of a session: a network namespace that programs run in."""

import subprocess
import time

from lab.errors import LabError

_START_SECONDS = 30
_LOG_LINES = 15


class Host:
    """A network namespace with an address.

    Args:
        name: str. Name of the namespace.
        folder: `pathlib.Path`. Where the logs of its programs go.

    Attributes:
        address: str. The address by which the other host knows it, of IPv4
            or IPv6.
    """

    def __init__(self, name, folder):
        self.name = name
        self.address = ""
        self._folder = folder

    @property
    def url_address(self):
        """The address as URLs have it: one of IPv6 is in brackets."""
        return in_url(self.address)

    def command(self, *arguments):
        """Gives the command that runs a program on this host."""
        return ["ip", "netns", "exec", self.name, *map(str, arguments)]

    def run(self, *arguments, timeout=90, **options):
        """Runs a program to its end.

        Args:
            *arguments: the program and its arguments.
            timeout: float. Seconds.
            **options: further arguments of `subprocess.run`.

        Returns:
            str. What it wrote.

        Raises:
            LabError: if it fails or takes too long.
        """
        if "input" not in options:
            options = {"stdin": subprocess.DEVNULL, **options}
        try:
            done = subprocess.run(
                self.command(*arguments),
                **options,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                timeout=timeout,
            )
        except subprocess.TimeoutExpired as error:
            said = (error.stdout or b"").decode(errors="replace")
            raise LabError(
                f"{arguments[0]} did not end within {timeout} s\n{tail(said)}"
            ) from None
        if done.returncode:
            raise LabError(
                f"{arguments[0]} ended with exit code {done.returncode}\n"
                f"{tail(done.stdout)}"
            )
        return done.stdout

    def start(self, *arguments, ready=None, says=None, **options):
        """Starts a program that goes on running.

        It ends with the session at the latest.

        Args:
            *arguments: the program and its arguments.
            ready: function without arguments that tells whether the program
                is ready; the call waits for it.
            says: str. The call waits until the program has written this.
            **options: further arguments of `subprocess.Popen`.

        Returns:
            `subprocess.Popen`.

        Raises:
            LabError: if it ends, or is not ready in half a minute.
        """
        program = str(arguments[0]).rsplit("/", 1)[-1]
        log = self._folder / f"{self.name}-{program}.log"
        with log.open("a") as file:
            process = subprocess.Popen(
                self.command(*arguments),
                **{"stdin": subprocess.DEVNULL, **options},
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + _START_SECONDS
        while not (
            (ready is None or ready())
            and (says is None or says in log.read_text(errors="replace"))
        ):
            self._check_starting(process, log, deadline)
            time.sleep(0.05)
        return process

    def listens(self, port, protocol="tcp"):
        """Gives a `ready` function: does a program listen on the port?"""
        command = self.command(
            "ss", "-Hln", f"--{protocol}", "sport", "=", f":{port}"
        )

        def ready():
            return bool(subprocess.run(command, capture_output=True).stdout)

        return ready

    def _check_starting(self, process, log, deadline):
        # A program that goes to the background ends well at once.
        if process.poll():
            problem = f"ended with exit code {process.returncode}"
        elif time.monotonic() > deadline:
            problem = f"was not ready in {_START_SECONDS} s"
        else:
            return
        said = tail(log.read_text(errors="replace"))
        raise LabError(f"{log.stem} {problem}\n{said}")


def in_url(address):
    """Gives an address as URLs have it: one of IPv6 is in brackets."""
    return f"[{address}]" if ":" in address else address


def tail(text):
    """Gives the last lines of what a program has said."""
    return "\n".join(text.splitlines()[-_LOG_LINES:])
