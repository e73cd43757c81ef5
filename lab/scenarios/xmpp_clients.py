"""Clients of XMPP by which Anna writes to Boris.

Each is a function of the session, the server's name, the password, what Anna
writes (`texts`, and `pauses` in seconds before each) and the number of
messages that must come from Boris.
"""

import json
import subprocess
import time

from lab.scenarios.terminal import start_in_terminal
from lab.scenarios.xmpp_servers import DOMAIN

_OTHER = f"boris@{DOMAIN}"
# For Boris's last messages, seconds.
_WAIT = 20


def slixmpp_command(session, host, password, user, steps):
    """Gives the command of a user who chats by slixmpp.

    Args:
        session: `lab.session.Session`.
        host: str. Name of the server.
        password: str.
        user: str.
        steps: dict, as of `lab.clients.chat_xmpp`.

    Returns:
        tuple.
    """
    return (
        # Debian's Python has slixmpp.
        *("/usr/bin/python3", "-m", "lab.clients.chat_xmpp"),
        *(host, session.port, f"{user}@{DOMAIN}", password),
        *(
            session.certificate[0],
            session.write(f"{user}.json", json.dumps(steps)),
        ),
    )


def _slixmpp(session, host, password, talk, expected):
    steps = {**talk, "to": _OTHER, "begins": True, "last": 1.5}
    said = session.client.run(
        *slixmpp_command(session, host, password, "anna", steps)
    )
    session.check(f"received {expected}" in said, "all messages come")


def _mcabber(session, host, password, talk, expected):
    logs = session.folder / "mcabber"
    logs.mkdir()
    trace = session.folder / "mcabber.trace"
    settings = session.write(
        "mcabberrc",
        f"""
set jid = anna@{DOMAIN}
set password = {password}
set server = {host}
set port = {session.port}
set tls = 1
set ssl_ignore_checks = 1
set logging = 1
set logging_dir = {logs}
set tracelog_level = 1
set tracelog_file = {trace}
""",
    )
    settings.chmod(0o600)
    client = start_in_terminal(
        session.client,
        "mcabber",
        "-f",
        settings,
        ready=lambda: _lines(trace, "Connection established"),
    )
    for text, pause in zip(talk["texts"], talk["pauses"], strict=True):
        time.sleep(pause)
        client.type(f"/say_to {_OTHER} {text}")
    log = logs / _OTHER
    _wait_for_all(session, lambda: _lines(log, "MR "), expected)
    client.type("/quit")
    client.wait()


def _go_sendxmpp(session, host, password, talk, expected):
    """Sends by one connection and listens on another."""
    command = (
        *("go-sendxmpp", "--no-tls-verify", "-u", f"anna@{DOMAIN}"),
        *("-p", password, "-j", f"{host}:{session.port}"),
    )
    heard = session.folder / "client-go-sendxmpp.log"
    listener = session.client.start(*command, "--listen")
    sender = session.client.start(
        *command, "--interactive", _OTHER, stdin=subprocess.PIPE
    )
    for text, pause in zip(talk["texts"], talk["pauses"], strict=True):
        time.sleep(pause)
        sender.stdin.write(f"{text}\n".encode())
        sender.stdin.flush()
    _wait_for_all(session, lambda: _lines(heard, _OTHER), expected)
    sender.stdin.close()
    sender.wait()
    listener.terminate()
    listener.wait()


def _wait_for_all(session, received, expected):
    session.wait_for(
        lambda: received() == expected,
        f"{expected} messages come",
        seconds=_WAIT,
    )


def _lines(path, mark):
    """Counts the lines with a mark; none when there is no such file yet."""
    if not path.exists():
        return 0
    return sum(mark in line for line in path.read_text().splitlines())


XMPP_CLIENTS = {
    "slixmpp": _slixmpp,
    "mcabber": _mcabber,
    "go-sendxmpp": _go_sendxmpp,
}
