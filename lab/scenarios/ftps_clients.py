"""Clients of FTP with explicit TLS.

Each is a function of the session, the latest version of TLS, the folder that
is served, and the moves; it gives the command and what to write to it.
"""

import json
import sys


def _lftp(session, version, root, moves):
    address = f"{session.server.url_address}:{session.port}"
    lines = [
        "set ftp:ssl-force true",
        "set ftp:ssl-protect-data true",
        "set ftp:ssl-allow-anonymous true",
        "set ssl:verify-certificate no",
        f"set ssl:priority {_PRIORITIES[version]}",
        "set net:max-retries 1",
        f"open ftp://{address}",
        "ls",
    ]
    for move in moves:
        if move.direction == "put":
            lines.append(f"put {move.here} -o {move.there.relative_to(root)}")
        else:
            lines.append(f"get {move.there.relative_to(root)} -o {move.here}")
    lines.append("ls uploads")
    return ("lftp",), "\n".join(lines) + "\n"


# Versions of TLS as GnuTLS is told of them.
_PRIORITIES = {"1.2": "NORMAL:-VERS-TLS1.3", "1.3": "NORMAL"}


def _curl(session, version, root, moves):
    place = f"ftp://{session.server.url_address}:{session.port}"
    steps = [(f"{place}/",)]
    for move in moves:
        option = "-T" if move.direction == "put" else "-o"
        there = f"{place}/{move.there.relative_to(root)}"
        steps.append((option, move.here, there))
    steps.append((f"{place}/uploads/",))
    options = "-sS", "--fail-early", "--ssl-reqd", "-k", "--tls-max", version
    return (
        "curl",
        *(part for step in steps for part in ("--next", *options, *step)),
    ), ""


def _ftplib(session, version, root, moves):
    steps = [
        (move.direction, str(move.here), str(move.there.relative_to(root)))
        for move in moves
    ]
    return (
        *(sys.executable, "-m", "lab.clients.move_by_ftplib"),
        *(session.server.address, session.port, version),
    ), json.dumps(steps)


FTPS_CLIENTS = {"lftp": _lftp, "curl": _curl, "ftplib": _ftplib}
