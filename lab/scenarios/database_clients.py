"""Clients of databases over TLS."""

import subprocess

from lab.errors import LabError


class DatabaseClient:
    """A client that takes one command a line.

    Args:
        process: `subprocess.Popen`. Reads the lines.
        log: `pathlib.Path`. What it says.
    """

    def __init__(self, process, log):
        self._process = process
        self._log = log

    def say(self, line):
        """Lets it send a command.

        Raises:
            LabError: if it has ended.
        """
        try:
            self._process.stdin.write(f"{line}\n".encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            raise LabError("the client of the database has ended") from None

    def end(self):
        """Waits until all is answered; gives the answers."""
        self._process.stdin.close()
        self._process.wait()
        return self._log.read_text()


def start_database_client(session, password):
    """Starts the session's client.

    Args:
        session: `lab.session.Session`.
        password: str.

    Returns:
        `DatabaseClient`.
    """
    host = session.name("db")
    command = _COMMANDS[session.programs[1]](session, host, password)
    process = session.client.start(*command, stdin=subprocess.PIPE)
    log = session.folder / f"client-{command[0].rsplit('/', 1)[-1]}.log"
    return DatabaseClient(process, log)


def _redis_cli(session, host, password):
    return (
        *("redis-cli", "-h", host, "-p", session.port, "--tls"),
        *("--cacert", session.certificate[0], "--no-auth-warning"),
        *("-a", password),
    )


def _redis_py(session, host, password):
    return (
        # Debian's Python has redis.
        *("/usr/bin/python3", "-m", "lab.clients.ask_redis", host),
        *(session.port, session.certificate[0], password),
    )


def _psql(session, host, password):
    certificate = session.certificate[0]
    return (
        *("psql", "--no-psqlrc", "--tuples-only", "--quiet"),
        f"host={host} port={session.port} user=lab dbname=postgres "
        f"password={password} sslmode=verify-full sslrootcert={certificate}",
    )


def _asyncpg(session, host, password):
    return (
        # Debian's Python has asyncpg.
        *("/usr/bin/python3", "-m", "lab.clients.ask_postgres", host),
        *(session.port, session.certificate[0], password),
    )


_COMMANDS = {
    "redis-cli": _redis_cli,
    "redis-py": _redis_py,
    "psql": _psql,
    "asyncpg": _asyncpg,
}
