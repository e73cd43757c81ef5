"""Email: SMTP with STARTTLS, and IMAP over TLS."""

from lab.scenarios.contents import some_mail
from lab.scenarios.imap_clients import IMAP_CLIENTS
from lab.scenarios.imap_servers import start_imap
from lab.scenarios.smtp_clients import SMTP_CLIENTS
from lab.scenarios.smtp_servers import start_smtp

_SENDER, _RECIPIENT = "anna@lab.test", "boris@lab.test"
_MAILS = 6  # in the mailbox that is read


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
    maildir = session.folder / "mail"
    for folder in ("new", "cur", "tmp"):
        (maildir / folder).mkdir(parents=True)
    names = rng.choices(("boris", "clara", "dmitri"), k=_MAILS)
    for number, name in enumerate(names):
        (maildir / f"new/{1_790_000_000 + number}.M{number}.lab").write_bytes(
            some_mail(rng, f"{name}@lab.test", _SENDER)
        )
    start_imap(session, maildir, password)
    client = IMAP_CLIENTS[session.programs[1]]
    host = session.name("imap")
    with session.capture():
        client(session, host, password, _MAILS)
