"""Servers that hand out the files of a folder: what all of them are told."""


def nginx(session, root, types, listen, settings):
    """Gives the command of nginx.

    Args:
        session: `lab.session.Session`.
        root: `pathlib.Path`. The folder.
        types: str. Its types of files.
        listen: str. What stands behind the port that it listens at.
        settings: str. What else it is told of the server.

    Returns:
        tuple: program and arguments.
    """
    session.empty_folder("/var/lib/nginx")
    session.empty_folder("/var/log/nginx")
    file = session.write(
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
                {types}
            }}
            server {{
                listen [::]:{session.port} ipv6only=off{listen};
                {settings}
                root {root};
            }}
        }}
        """,
    )
    return "nginx", "-c", file


def caddy(session, root, options, site, settings):
    """Gives the command of Caddy.

    Args:
        session: `lab.session.Session`.
        root: `pathlib.Path`. The folder.
        options: str. Those of the program as a whole.
        site: str. The addresses that it serves.
        settings: str. What else it is told of the site.

    Returns:
        tuple: program and arguments.
    """
    file = session.write(
        "Caddyfile",
        f"""
        {{
            admin off
            {options}
        }}
        {site} {{
            {settings}
            root * {root}
            file_server
        }}
        """,
    )
    return "caddy", "run", "--adapter", "caddyfile", "--config", file
