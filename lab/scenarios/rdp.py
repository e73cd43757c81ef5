"""A server and clients of RDP."""

from lab.scenarios.screens import Window
from lab.scenarios.screens import start_screen

_SIZES = ("640x480", "800x600")
# Of the screen that the server shows, within its host.
_SCREEN_PORT = 60_000


def start_rdp_server(session):
    """Starts xrdp, with the display 1.

    Args:
        session: `lab.session.Session`.
    """
    size = session.rng.choice(_SIZES)
    start_screen(
        *(session.server, 1, "Xtigervnc", "-geometry", size, "-localhost"),
        *("-rfbport", _SCREEN_PORT, "-SecurityTypes", "None"),
    )
    certificate, key = session.certificate
    session.empty_folder("/run/xrdp")
    session.empty_folder("/run/xrdp/sockdir")
    settings = session.write(
        "xrdp.ini",
        f"""
[Globals]
ini_version=1
port={session.port}
security_layer=tls
certificate={certificate}
key_file={key}
ssl_protocols={session.rng.choice(("TLSv1.2", "TLSv1.3"))}
autorun=desk
allow_channels=true
max_bpp={session.rng.choice((16, 24, 32))}
bitmap_compression={session.rng.choice(("true", "false"))}
[Logging]
LogFile={session.folder}/xrdp.log
EnableSyslog=false
[desk]
name=desk
lib=libvnc.so
username=na
password=na
ip=127.0.0.1
port={_SCREEN_PORT}
""",
    )
    session.server.start(
        *("xrdp", "-n", "-c", settings),
        ready=session.server.listens(session.port),
    )


def start_rdp_client(session):
    """Starts the session's client.

    Args:
        session: `lab.session.Session`.

    Returns:
        `lab.scenarios.screens.Window`.
    """
    place = f"{session.name('desk')}:{session.port}"
    return _STARTS[session.programs[1]](session, place)


def _start_freerdp(session, place):
    return Window(
        session.client,
        "FreeRDP",
        lambda display: (
            *("env", f"DISPLAY={display}", "xfreerdp", f"/v:{place}"),
            *("/cert:ignore", "/u:lab", "/p:lab", "/t:FreeRDP"),
        ),
    )


def _start_rdesktop(session, place):
    # It asks whether it may trust the certificate.
    with session.write("yes", "yes\n").open() as answer:
        return Window(
            session.client,
            "rdesktop",
            lambda display: (
                *("env", f"DISPLAY={display}", "rdesktop", "-u", "lab"),
                *("-p", "lab", "-T", "rdesktop", place),
            ),
            stdin=answer,
        )


_STARTS = {"freerdp": _start_freerdp, "rdesktop": _start_rdesktop}
