"""Clients of VNC, with somebody who types."""

import subprocess
import sys

from lab.scenarios.screens import Window


def start_vnc_client(session, password, stored):
    """Starts the session's client.

    Args:
        session: `lab.session.Session`.
        password: str.
        stored: `pathlib.Path`. A file with it, as `x11vnc -storepasswd`
            writes it.

    Returns:
        the client, which has the methods `type`, of a line, and `end`.
    """
    start = {"asyncvnc": _Asyncvnc, "tigervnc": _start_tigervnc}
    return start[session.programs[1]](
        session, session.name("vnc"), password, stored
    )


class _Asyncvnc:
    def __init__(self, session, host, password, stored):
        self._process = session.client.start(
            *(sys.executable, "-m", "lab.clients.type_by_asyncvnc"),
            *(host, session.port, password),
            stdin=subprocess.PIPE,
            says="connected",
        )

    def type(self, line):
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()

    def end(self):
        self._process.stdin.close()
        self._process.wait()


def _start_tigervnc(session, host, password, stored):
    kinds = ["VncAuth"]
    if session.programs[0] == "tigervnc":
        kinds.append("X509Vnc")
    kind = session.rng.choice(kinds)
    return Window(
        session.client,
        "TigerVNC",
        lambda display: (
            *("xtigervncviewer", "-display", display, "-SecurityTypes", kind),
            *("-PasswordFile", stored, "-X509CA", session.certificate[0]),
            f"{host}::{session.port}",
        ),
        says="Using pixel format",
    )
