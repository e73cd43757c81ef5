"""Email: SMTP with STARTTLS, and IMAP over TLS."""

import grp
import json
import pwd
import shutil
import subprocess
import sys

from lab.scenarios.contents import some_mail

_SENDER, _RECIPIENT = "anna@lab.test", "boris@lab.test"
_MAILS = 6  # in the mailbox that is read
# The user whom the servers write mail as.
_MAIL_USER = "mail"
_TLS = ("1.2", "1.3")  # versions


def play_smtp(session):
    """Sends mails over one connection each, with STARTTLS."""
    inbox = session.empty_folder("/var/mail/lab")
    _start_postfix(session, inbox)
    settings = session.write(
        "msmtprc",
        f"account default\nhost {session.name('mail')}\n"
        f"port {session.port}\nfrom {_SENDER}\n"
        "tls on\ntls_starttls on\ntls_certcheck off\n",
    )
    mails = session.rng.randint(2, 5)
    with session.capture():
        for _ in range(mails):
            mail = some_mail(session.rng, _SENDER, _RECIPIENT)
            session.client.run(
                *("msmtp", "-C", settings, _RECIPIENT), input=mail.decode()
            )
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


def _start_postfix(session, inbox):
    """Starts a server that takes mail over TLS only, for one domain."""
    certificate, key = session.certificate
    spool = session.empty_folder("/var/spool/postfix")
    data = session.empty_folder("/var/lib/postfix")
    for folder, user in ((data, "postfix"), (inbox, _MAIL_USER)):
        shutil.chown(folder, user, user)
    session.write(
        "postfix/main.cf",
        f"""
compatibility_level = 3.6
queue_directory = {spool}
data_directory = {data}
maillog_file = {session.folder}/postfix.log
maillog_file_prefixes = {session.folder}
mynetworks = 0.0.0.0/0
myhostname = mail.lab.test
virtual_mailbox_domains = lab.test
virtual_mailbox_base = {inbox}
virtual_mailbox_maps = static:all/
virtual_uid_maps = static:{pwd.getpwnam(_MAIL_USER).pw_uid}
virtual_gid_maps = static:{grp.getgrnam(_MAIL_USER).gr_gid}
virtual_minimum_uid = 1
alias_maps =
smtpd_peername_lookup = no
smtpd_tls_chain_files = {key}, {certificate}
smtpd_tls_security_level = encrypt
smtpd_tls_mandatory_protocols = {session.rng.choice((">=TLSv1.3", "TLSv1.2"))}
""",
    )
    session.write(
        "postfix/master.cf",
        f"{session.port} inet n - n - - smtpd\n{_POSTFIX_SERVICES}",
    )
    session.server.start(
        *("postfix", "-c", session.folder / "postfix", "start-fg"),
        ready=session.server.listens(session.port),
    )


# service, type, private, unprivileged, chroot, wake up, limit, command
_POSTFIX_SERVICES = """\
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
proxymap unix - - n - - proxymap
rewrite unix - - n - - trivial-rewrite
tlsmgr unix - - n 1000? 1 tlsmgr
anvil unix - - n - 1 anvil
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
virtual unix - n n - - virtual
retry unix - - n - - error
error unix - - n - - error
"""


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
