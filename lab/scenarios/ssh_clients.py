"""Clients of SCP and SFTP.

Each is a function of the session, the ciphers by preference, and the moves;
it gives the command and what to write to it. A client that lets nobody choose
the cipher has its own preference.
"""

import json

# Debian's Python has the libraries.
_PYTHON = "/usr/bin/python3"


def _openssh_scp(session, ciphers, moves):
    # Since OpenSSH 9 `scp` without `-O` speaks the protocol of sftp.
    options = "-O", "-q", *_openssh_options(session, ciphers)
    return ("scp", *options, *_ends(session, *moves)), ""


def _putty_scp(session, ciphers, moves):
    options = "-scp", "-q", *_putty_options(session)
    return ("pscp", *options, *_ends(session, *moves)), ""


def _curl_scp(session, ciphers, moves):
    return _curl(session, [_curl_move(session, "scp", *moves)])


def _asyncssh_scp(session, ciphers, moves):
    return _asyncssh(session, ciphers, moves, "scp")


# For one move at a time.
SCP_CLIENTS = {
    "openssh": _openssh_scp,
    "putty": _putty_scp,
    "curl": _curl_scp,
    "asyncssh": _asyncssh_scp,
}


def _openssh_sftp(session, ciphers, moves):
    options = "-q", "-b", "-", *_openssh_options(session, ciphers)
    command = "sftp", *options, f"root@{session.server.url_address}"
    return command, _batch(session, moves, ("pwd", "ls", "df -h", "ls -l"))


def _putty_sftp(session, ciphers, moves):
    command = (
        "psftp",
        *_putty_options(session),
        f"root@{session.server.url_address}",
    )
    return command, _batch(session, moves, ("pwd", "ls", "dir"))


def _lftp(session, ciphers, moves):
    """It speaks SFTP itself, over the connection that `ssh` makes."""
    ssh = "ssh", "-a", "-x", *_openssh_options(session, ciphers)
    lines = [
        "set net:max-retries 1",
        f'set sftp:connect-program "{" ".join(map(str, ssh))}"',
        f"open -u root, sftp://{session.server.url_address}:{session.port}",
    ]
    for move in moves:
        lines.append(f"cls -l {session.folder}")
        lines.append(f"{move.direction} {move.source} -o {move.target}")
    return ("lftp",), "\n".join(lines) + "\n"


def _curl_sftp(session, ciphers, moves):
    steps = [(_curl_place(session, "sftp", f"{session.folder}/"),)]
    steps += (_curl_move(session, "sftp", move) for move in moves)
    return _curl(session, steps)


def _asyncssh_sftp(session, ciphers, moves):
    return _asyncssh(session, ciphers, moves, "sftp")


def _paramiko(session, ciphers, moves):
    return (
        *(_PYTHON, "-m", "lab.clients.move_by_paramiko"),
        *(session.server.address, session.port, session.folder / "user"),
    ), _steps(session, moves, "sftp")


SFTP_CLIENTS = {
    "openssh": _openssh_sftp,
    "putty": _putty_sftp,
    "lftp": _lftp,
    "curl": _curl_sftp,
    "asyncssh": _asyncssh_sftp,
    "paramiko": _paramiko,
}


def _openssh_options(session, ciphers):
    return (
        *("-i", session.folder / "user"),
        *("-c", ",".join(ciphers)),
        *("-o", f"Port={session.port}"),
        *("-o", "StrictHostKeyChecking=no"),
        *("-o", "UserKnownHostsFile=/dev/null"),
    )


def _putty_options(session):
    key = session.folder / "user.ppk"
    session.client.run(
        "puttygen", session.folder / "user", "-O", "private", "-o", key
    )
    said = session.client.run(
        "ssh-keygen", "-l", "-f", session.folder / "host.pub"
    )
    return (
        *("-batch", "-i", key, "-P", session.port),
        *("-hostkey", said.split()[1]),
    )


def _ends(session, move):
    """Source and target as `scp` and `pscp` are told of them."""
    there = f"root@{session.server.url_address}:{move.there}"
    if move.direction == "put":
        return move.here, there
    return there, move.here


def _batch(session, moves, looks):
    """Lines that `sftp` and `psftp` understand."""
    lines = [f"cd {session.folder}", "ls"]
    for move in moves:
        lines.append(f"{move.direction} {move.source} {move.target}")
        lines += session.rng.sample(looks, 2)
    return "\n".join(lines) + "\n"


def _curl(session, steps):
    """One process, which keeps the connection from step to step."""
    command = ["curl"]
    for step in steps:
        command += [
            *("--next", "-sS", "--fail-early", "-k", "-u", "root:"),
            *("--key", session.folder / "user"),
            *("--pubkey", session.folder / "user.pub", *step),
        ]
    return command, ""


def _curl_move(session, protocol, move):
    option = "-T" if move.direction == "put" else "-o"
    return option, move.here, _curl_place(session, protocol, move.there)


def _curl_place(session, protocol, path):
    return f"{protocol}://{session.server.url_address}:{session.port}{path}"


def _asyncssh(session, ciphers, moves, protocol):
    return (
        *(_PYTHON, "-m", "lab.clients.move_by_asyncssh"),
        *(session.server.address, session.port, session.folder / "user"),
        ",".join(ciphers),
    ), _steps(session, moves, protocol)


def _steps(session, moves, protocol):
    steps = {
        "protocol": protocol,
        "folder": str(session.folder),
        "moves": [
            (move.direction, str(move.source), str(move.target))
            for move in moves
        ],
    }
    return json.dumps(steps)
