"""Servers of IMAP over TLS."""

import subprocess
import sys

# The user whom dovecot reads mail as.
_MAIL_USER = "mail"
# Where a server without TLS of its own listens, on its own host only.
_PLAIN_PORT = 60_143


def start_imap(session, maildir, password):
    """Starts the server of a mailbox.

    Args:
        session: `lab.session.Session`.
        maildir: `pathlib.Path`. The mailbox of the user `anna`.
        password: str. Hers.
    """
    session.server.start(
        *_SERVERS[session.programs[0]](session, maildir, password),
        ready=session.server.listens(session.port),
    )


def _dovecot(session, maildir, password):
    certificate, key = session.certificate
    subprocess.run(
        ["chown", "-R", f"{_MAIL_USER}:{_MAIL_USER}", maildir], check=True
    )
    settings = session.write(
        "dovecot.conf",
        f"""
        protocols = imap
        base_dir = /run/dovecot
        log_path = /dev/stderr
        ssl = required
        ssl_cert = <{certificate}
        ssl_key = <{key}
        ssl_min_protocol = TLSv1.2
        mail_location = maildir:{maildir}
        first_valid_uid = 1
        passdb {{
          driver = static
          args = password={password}
        }}
        userdb {{
          driver = static
          args = uid={_MAIL_USER} gid={_MAIL_USER} home={maildir}
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
    return "dovecot", "-F", "-c", settings


def _pymap(session, maildir, password):
    """It has no TLS from the first byte on; stunnel stands before it."""
    folder = session.folder / "pymap"
    folder.mkdir()
    session.server.start(
        *(sys.executable, "-m", "lab.servers.serve_imap", folder),
        *(_PLAIN_PORT, "anna", password, maildir),
        ready=session.server.listens(_PLAIN_PORT),
    )
    certificate, key = session.certificate
    settings = session.write(
        "stunnel.conf",
        f"""
        foreground = yes
        pid =
        [imaps]
        accept = :::{session.port}
        connect = 127.0.0.1:{_PLAIN_PORT}
        cert = {certificate}
        key = {key}
        """,
    )
    return "stunnel4", settings


_SERVERS = {"dovecot": _dovecot, "pymap": _pymap}
