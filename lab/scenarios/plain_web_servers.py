"""Web servers that hand out the files of a folder over HTTP, without TLS."""

from lab.scenarios.file_servers import caddy
from lab.scenarios.file_servers import nginx


def start_plain_web_server(session, root):
    """Starts the session's server.

    Args:
        session: `lab.session.Session`.
        root: `pathlib.Path`. The folder.
    """
    command = _COMMANDS[session.programs[0]](session, root)
    session.server.start(*command, ready=session.server.listens(session.port))


def _nginx(session, root):
    return nginx(
        session,
        root,
        types="text/html html;",
        listen="",
        settings=f"""
                keepalive_timeout {session.rng.choice((0, 65))};
                gzip {session.rng.choice(("on", "off"))};
        """,
    )


def _caddy(session, root):
    # What listens at its port for HTTPS would want TLS: that is elsewhere.
    return caddy(
        session,
        root,
        options=f"""
            auto_https off
            https_port {session.port + 1}
        """,
        site=f"http://:{session.port}",
        settings="",
    )


def _python(session, root):
    return (
        *("/usr/bin/python3", "-m", "http.server", "--directory", root),
        *("--bind", session.server.address, session.port),
    )


_COMMANDS = {"nginx": _nginx, "caddy": _caddy, "python": _python}
