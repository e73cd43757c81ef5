"""Apache Beam's job service, and its pool of workers, as two servers.

    python tests/beam_servers.py jobs --port_file=FILE
    python tests/beam_servers.py workers --service_port=N

They are the programs of Beam with two changes: ports are open to this machine
alone, and a job is given two workers, where the service knows but one.
"""

import functools
import signal
import socket
import sys

import grpc
from apache_beam.runners.portability import local_job_service_main
from apache_beam.runners.portability.fn_api_runner import fn_runner
from apache_beam.runners.worker import worker_pool_main

_SERVER = type(grpc.server(None))
_open_port = _SERVER.add_insecure_port
_begin = fn_runner.FnApiRunner.__init__


def keep_ports_local():
    """Opens the ports of this process to this machine alone.

    Returns:
        function that ends this.
    """
    _SERVER.add_insecure_port = lambda self, address: _open_port(
        self, address.replace("[::]", "127.0.0.1")
    )
    return functools.partial(setattr, _SERVER, "add_insecure_port", _open_port)


def _begin_with_two_workers(self, *arguments, **options):
    _begin(self, *arguments, **options)
    self._num_workers = 2


def main(kind, *arguments):
    """Runs one of the servers until SIGTERM comes.

    Args:
        kind: str. `jobs` or `workers`.
        *arguments: str. Those of Beam's own program.
    """
    # So that it ends the workers that it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    keep_ports_local()
    socket.getfqdn = lambda: "localhost"
    if kind == "workers":
        worker_pool_main.main(arguments)
    else:
        fn_runner.FnApiRunner.__init__ = _begin_with_two_workers
        local_job_service_main.run(list(arguments))


if __name__ == "__main__":
    main(*sys.argv[1:])
