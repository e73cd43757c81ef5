"""KServe as `make serve` starts it, on free ports, for tests."""

import pathlib
import signal
import socket
import subprocess
import time
import urllib.request

ROOT = pathlib.Path(__file__).parents[1]
PYTHON = ROOT / ".venv-serve/bin/python"
# It imports for two seconds on an idle machine.
_START_SECONDS = 60


class Served:
    """A server of an export, which `make test-serving` has an environment for.

    Args:
        export: path of the export.
        log: `pathlib.Path`. Where what it writes goes.
    """

    def __init__(self, export, log):
        self.log = log
        self.http_port, self.grpc_port = free_port(), free_port()
        self._command = [
            *(PYTHON, "-m", "deploy.server", export),
            f"--http_port={self.http_port}",
            f"--grpc_port={self.grpc_port}",
        ]
        self.process = None
        self.start()

    def address(self, scheme):
        """str. Where the model is, by `http` or `grpc`."""
        port = {"http": self.http_port, "grpc": self.grpc_port}[scheme]
        return f"{scheme}://127.0.0.1:{port}/mtc"

    def start(self):
        """Starts it, and waits until it is ready."""
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                list(map(str, self._command)),
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_until_ready(self.process, self.http_port, self.log)

    def kill(self):
        """Ends it as a lack of memory would."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Ends it in order; returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)


def wait_until_ready(process, http_port, log):
    """Waits for a server to answer; fails with its log if it does not."""
    ready = f"http://127.0.0.1:{http_port}/v2/health/ready"
    end = time.monotonic() + _START_SECONDS
    while True:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < end, log.read_text()
        try:
            with urllib.request.urlopen(ready, timeout=5):
                return
        except OSError:
            time.sleep(0.1)


def free_port():
    """int. A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
