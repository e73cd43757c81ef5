"""Clients of SMTP with STARTTLS.

Each is a function of the session, the server's name, the sender and the
recipient; it gives the command that sends the mail that is written to it.
"""

import sys


def _msmtp(session, host, sender, recipient):
    return (
        *("msmtp", "--file=/dev/null", f"--host={host}", "--tls=on"),
        *(f"--port={session.port}", f"--from={sender}"),
        *("--tls-certcheck=off", "--", recipient),
    )


def _swaks(session, host, sender, recipient):
    version = "-6" if ":" in session.server.address else "-4"
    return (
        *("swaks", version, "--server", host, "--port", session.port),
        *("--tls", "--from", sender, "--to", recipient, "--data", "-"),
    )


def _curl(session, host, sender, recipient):
    return (
        *("curl", "-sS", "--ssl-reqd", "-k", f"smtp://{host}:{session.port}"),
        *("--mail-from", sender, "--mail-rcpt", recipient),
        *("--crlf", "--upload-file", "-"),
    )


def _smtplib(session, host, sender, recipient):
    return (
        *(sys.executable, "-m", "lab.clients.send_mail"),
        *(host, session.port, sender, recipient),
    )


SMTP_CLIENTS = {
    "msmtp": _msmtp,
    "swaks": _swaks,
    "curl": _curl,
    "smtplib": _smtplib,
}
