"""Web servers that hand out the files of a folder over HTTP, without TLS."""


def start_plain_web_server(session, root):
    """Starts the session's server.

    Args:
        session: `lab.session.Session`.
        root: `pathlib.Path`. The folder.
    """
    command = _COMMANDS[session.programs[0]](session, root)
    session.server.start(*command, ready=session.server.listens(session.port))


def _nginx(session, root):
    session.empty_folder("/var/lib/nginx")
    session.empty_folder("/var/log/nginx")
    settings = session.write(
        "nginx.conf",
        f"""
        user root;
        daemon off;
        pid {session.folder}/nginx.pid;
        error_log stderr warn;
        events {{}}
        http {{
            access_log off;
            types {{
                text/html html;
            }}
            server {{
                listen [::]:{session.port} ipv6only=off;
                keepalive_timeout {session.rng.choice((0, 65))};
                gzip {session.rng.choice(("on", "off"))};
                root {root};
            }}
        }}
        """,
    )
    return "nginx", "-c", settings


def _caddy(session, root):
    # What listens at its port for HTTPS would want TLS: that is elsewhere.
    settings = session.write(
        "Caddyfile",
        f"""
        {{
            admin off
            auto_https off
            https_port {session.port + 1}
        }}
        http://:{session.port} {{
            root * {root}
            file_server
        }}
        """,
    )
    return "caddy", "run", "--adapter", "caddyfile", "--config", settings


def _python(session, root):
    return (
        *("/usr/bin/python3", "-m", "http.server", "--directory", root),
        *("--bind", session.server.address, session.port),
    )


_COMMANDS = {"nginx": _nginx, "caddy": _caddy, "python": _python}
