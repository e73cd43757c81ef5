"""Clients of VNC, with somebody who types."""

import subprocess
import sys

from lab.scenarios.screens import start_screen


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
    start = {"asyncvnc": _Asyncvnc, "tigervnc": _Tigervnc}
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


class _Tigervnc:
    """A window on a screen of the client."""

    def __init__(self, session, host, password, stored):
        self._client = session.client
        start_screen(self._client, 2, "Xvfb", "-screen", 0, "1100x900x24")
        kinds = ["VncAuth"]
        if session.programs[0] == "tigervnc":
            kinds.append("X509Vnc")
        self._process = self._client.start(
            *("xtigervncviewer", "-display", ":2", "-PasswordFile", stored),
            *("-SecurityTypes", session.rng.choice(kinds)),
            *("-X509CA", session.certificate[0], f"{host}::{session.port}"),
            says="Using pixel format",
        )
        # Nothing there manages windows: the first has to be told.
        self._press("search", "--sync", "--name", "TigerVNC", "windowfocus")
        self._press("mousemove", 100, 100)

    def type(self, line):
        self._press("type", "--delay", 100, f"{line}\n")

    def end(self):
        self._process.terminate()
        self._process.wait()

    def _press(self, *arguments):
        self._client.run("env", "DISPLAY=:2", "xdotool", *arguments)
