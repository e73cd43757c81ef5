"""Servers of VNC: screens that others may see and type at."""

from lab.scenarios.screens import start_screen

_SIZES = ("480x360", "640x480", "800x600")


def start_vnc_server(session, password):
    """Starts the session's server with the display 1.

    Args:
        session: `lab.session.Session`.
        password: `pathlib.Path`. A file, as `x11vnc -storepasswd` writes it.
    """
    size = session.rng.choice(_SIZES)
    _STARTS[session.programs[0]](session, password, size)


def _start_tigervnc(session, password, size):
    """It has the screen itself."""
    certificate, key = session.certificate
    start_screen(
        *(session.server, 1, "Xtigervnc", "-geometry", size),
        *("-rfbport", session.port, "-PasswordFile", password),
        *("-SecurityTypes", "VncAuth,X509Vnc"),
        *("-X509Cert", certificate, "-X509Key", key),
    )


def _start_x11vnc(session, password, size):
    """It shows the screen of another program."""
    start_screen(session.server, 1, "Xvfb", "-screen", 0, f"{size}x24")
    session.server.start(
        *("x11vnc", "-display", ":1", "-forever", "-rfbauth", password),
        *("-6", "-noshm", "-rfbport", session.port),
        ready=session.server.listens(session.port),
    )


_STARTS = {"tigervnc": _start_tigervnc, "x11vnc": _start_x11vnc}
