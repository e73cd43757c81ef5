"""Email: SMTP with STARTTLS, and IMAP over TLS."""

import json
import subprocess
import sys

from lab.scenarios.contents import some_mail
from lab.scenarios.smtp_clients import SMTP_CLIENTS
from lab.scenarios.smtp_servers import start_smtp

_SENDER, _RECIPIENT = "anna@lab.test", "boris@lab.test"
_MAILS = 6  # in the mailbox that is read
# The user whom the servers write mail as.
_MAIL_USER = "mail"
_TLS = ("1.2", "1.3")  # versions


def play_smtp(session):
    """Sends mails over one connection each, with STARTTLS."""
    inbox = session.empty_folder("/var/mail/lab")
    start_smtp(session, inbox)
    client = SMTP_CLIENTS[session.programs[1]]
    command = client(session, session.name("mail"), _SENDER, _RECIPIENT)
    mails = session.rng.randint(2, 5)
    with session.capture():
        for _ in range(mails):
            mail = some_mail(session.rng, _SENDER, _RECIPIENT)
            session.client.run(*command, input=mail.decode())
            session.pause(0.3, 1.5)
    arrived = len(list(inbox.rglob("new/*")))
    session.check(arrived == mails, f"{mails} mails arrive, not {arrived}")


def play_imap(session):
    """Reads a mailbox, as a person does or as a program that copies it."""
    rng = session.rng
    password = f"{rng.getrandbits(80):x}"
    mails = [
        some_mail(rng, f"{name}@lab.test", _SENDER)
        for name in rng.choices(("boris", "clara", "dmitri"), k=_MAILS)
    ]
    for number, mail in enumerate(mails):
        session.write(f"mail/new/{1_790_000_000 + number}.M{number}.lab", mail)
    subprocess.run(
        ["chown", "-R", f"{_MAIL_USER}:{_MAIL_USER}", session.folder / "mail"],
        check=True,
    )
    session.server.start(
        *("dovecot", "-F", "-c", _dovecot_file(session, password)),
        ready=session.server.listens(session.port),
    )
    host = session.name("imap")
    read = {"mbsync": _copy_mailbox, "imaplib": _read_mailbox}
    with session.capture():
        read[session.programs[1]](session, host, password)


def _copy_mailbox(session, host, password):
    """Copies all mails with mbsync, and looks for new ones once or twice."""
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
    copied = len(list(copy.glob("inbox/*/*,U=*")))
    session.check(copied == _MAILS, f"{_MAILS} mails are copied, not {copied}")


def _read_mailbox(session, host, password):
    """Reads some of the mails one after the other, and files one's own."""
    rng = session.rng
    steps = {
        "tls": rng.choice(_TLS),
        "read": rng.sample(range(1, 1 + _MAILS), rng.randint(2, 5)),
        "pauses": [round(rng.uniform(0.2, 1.2), 2) for _ in range(6)],
        "flag": rng.choice(("\\Flagged", "\\Deleted", "\\Answered")),
        "sent": some_mail(rng, _SENDER, _RECIPIENT).decode(),
    }
    session.client.run(
        *(sys.executable, "-m", "lab.clients.read_mail"),
        *(host, session.port, "anna", password),
        input=json.dumps(steps),
    )


def _dovecot_file(session, password):
    certificate, key = session.certificate
    folder = session.folder / "mail"
    return session.write(
        "dovecot.conf",
        f"""
        protocols = imap
        base_dir = /run/dovecot
        log_path = /dev/stderr
        ssl = required
        ssl_cert = <{certificate}
        ssl_key = <{key}
        ssl_min_protocol = TLSv1.2
        mail_location = maildir:{folder}
        first_valid_uid = 1
        passdb {{
          driver = static
          args = password={password}
        }}
        userdb {{
          driver = static
          args = uid={_MAIL_USER} gid={_MAIL_USER} home={folder}
        }}
        service imap-login {{
          inet_listener imap {{
            port = 0
          }}
          inet_listener imaps {{
            port = {session.port}
          }}
        }}
        """,
    )
