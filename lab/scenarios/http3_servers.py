"""Web servers that hand out the files of a folder over HTTP/3 only."""

import sys

from lab.scenarios.file_servers import caddy


def start_http3_server(session, root):
    """Starts the session's server.

    Args:
        session: `lab.session.Session`.
        root: `pathlib.Path`. The folder.
    """
    command = _COMMANDS[session.programs[0]](session, root)
    session.server.start(
        *command, ready=session.server.listens(session.port, "udp")
    )


def _caddy(session, root):
    certificate, key = session.certificate
    return caddy(
        session,
        root,
        options="""
            auto_https disable_redirects
            servers {
                protocols h3
            }
        """,
        site=f"https://*.lab.test:{session.port}",
        settings=f"""
            # Else answers come from the address of the gateway.
            bind {session.server.address}
            tls {certificate} {key}
        """,
    )


def _aioquic(session, root):
    return (
        *(sys.executable, "-m", "lab.servers.serve_web", root),
        *(session.server.address, session.port, *session.certificate),
    )


_COMMANDS = {"caddy": _caddy, "aioquic": _aioquic}
