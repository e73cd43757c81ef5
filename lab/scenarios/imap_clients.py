"""Clients of IMAP over TLS: they copy the mailbox, or read some of the mails.

Each is a function of the session, the server's name, the password of the user
`anna`, and how many mails are there; it fails the session if it does not get
them.
"""

import json
import sys

from lab.scenarios.contents import some_mail

_TLS = ("1.2", "1.3")  # versions


def _mbsync(session, host, password, mails):
    """Copies all mails, and looks for new ones once or twice."""
    copy = session.folder / "copy"
    copy.mkdir()
    settings = session.write(
        "mbsyncrc",
        f"IMAPStore there\nHost {host}\nPort {session.port}\nUser anna\n"
        f"Pass {password}\nSSLType IMAPS\nSystemCertificates no\n"
        f"SSLVersions TLSv{session.rng.choice(_TLS)}\n"
        f"CertificateFile {session.certificate[0]}\n\n"
        f"MaildirStore here\nInbox {copy}/inbox\nPath {copy}/\n\n"
        "Channel all\nFar :there:\nNear :here:\nPatterns INBOX\nCreate Near\n",
    )
    for _ in range(session.rng.randint(2, 3)):
        session.client.run("mbsync", "-c", settings, "all")
        session.pause(0.5, 2)
    _check_copied(session, copy.glob("inbox/*/*,U=*"), mails)


def _fetchmail(session, host, password, mails):
    """Fetches all mails, and leaves them there."""
    copy = session.folder / "copy"
    copy.mkdir()
    keep = session.write("keep", f"#!/bin/sh\nexec cat >$(mktemp -p {copy})\n")
    keep.chmod(0o755)
    settings = session.write(
        "fetchmailrc",
        f"poll {host} protocol imap port {session.port} user anna "
        f'password "{password}" ssl sslproto "TLS1.2+" sslcertck '
        f'sslcertfile {session.certificate[0]} keep fetchall mda "{keep}"\n',
    )
    settings.chmod(0o600)
    session.client.run("fetchmail", "-f", settings, "--nodetach")
    _check_copied(session, copy.iterdir(), mails)


def _curl(session, host, password, mails):
    """Reads some of the mails, in a connection that is kept."""
    place = f"imaps://{host}:{session.port}"
    options = "-sS", "--fail-early", "-k", "-u", f"anna:{password}"
    version = "--tls-max", session.rng.choice(_TLS)
    command = ["curl", *options, *version, f"{place}/"]
    read = session.rng.sample(range(1, 1 + mails), session.rng.randint(2, 5))
    paths = [session.folder / f"read{number}" for number in read]
    for number, path in zip(read, paths, strict=True):
        command += ["--next", *options, *version, "-o", path]
        command.append(f"{place}/INBOX;MAILINDEX={number}")
    session.client.run(*command)
    _check_copied(session, filter(_holds, paths), len(read))


def _imaplib(session, host, password, mails):
    """Reads some of the mails one after the other, and files one's own."""
    rng = session.rng
    steps = {
        "tls": rng.choice(_TLS),
        "read": rng.sample(range(1, 1 + mails), rng.randint(2, 5)),
        "pauses": [round(rng.uniform(0.2, 1.2), 2) for _ in range(6)],
        "flag": rng.choice(("\\Flagged", "\\Deleted", "\\Answered")),
        "sent": some_mail(rng, "anna@lab.test", "boris@lab.test").decode(),
    }
    session.client.run(
        *(sys.executable, "-m", "lab.clients.read_mail"),
        *(host, session.port, "anna", password),
        input=json.dumps(steps),
    )


IMAP_CLIENTS = {
    "mbsync": _mbsync,
    "fetchmail": _fetchmail,
    "curl": _curl,
    "imaplib": _imaplib,
}


def _holds(path):
    return path.stat().st_size > 0


def _check_copied(session, paths, mails):
    copied = len(list(paths))
    session.check(copied == mails, f"{mails} mails are copied, not {copied}")
