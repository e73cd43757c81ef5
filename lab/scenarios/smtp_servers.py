"""Servers of SMTP with STARTTLS that keep the mails of one domain."""

import grp
import pwd
import shutil


def start_smtp(session, inbox):
    """Starts the server.

    Args:
        session: `lab.session.Session`.
        inbox: `pathlib.Path`. Mails come into a folder `new` in or below it.
    """
    session.server.start(
        *_SERVERS[session.programs[0]](session, inbox),
        ready=session.server.listens(session.port),
    )


def _postfix(session, inbox):
    certificate, key = session.certificate
    spool = session.empty_folder("/var/spool/postfix")
    data = session.empty_folder("/var/lib/postfix")
    for folder, user in ((data, "postfix"), (inbox, "mail")):
        shutil.chown(folder, user, user)
    session.write(
        "postfix/main.cf",
        f"""
compatibility_level = 3.6
queue_directory = {spool}
data_directory = {data}
maillog_file = {session.folder}/postfix.log
maillog_file_prefixes = {session.folder}
mynetworks = 0.0.0.0/0, [::]/0
myhostname = mail.lab.test
virtual_mailbox_domains = lab.test
virtual_mailbox_base = {inbox}
virtual_mailbox_maps = static:all/
virtual_uid_maps = static:{pwd.getpwnam("mail").pw_uid}
virtual_gid_maps = static:{grp.getgrnam("mail").gr_gid}
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
    return "postfix", "-c", session.folder / "postfix", "start-fg"


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


def _aiosmtpd(session, inbox):
    certificate, key = session.certificate
    return (
        # Debian's Python has aiosmtpd.
        *("/usr/bin/python3", "-m", "aiosmtpd", "--nosetuid"),
        *("--listen", f"{session.server.address}:{session.port}"),
        *("--tlscert", certificate, "--tlskey", key),
        *("--class", "aiosmtpd.handlers.Mailbox", inbox / "boris"),
    )


def _chasquid(session, inbox):
    certificate, key = session.certificate
    new = inbox / "new"
    new.mkdir()
    keep = session.write("keep", f"#!/bin/sh\nexec cat >$(mktemp -p {new})\n")
    keep.chmod(0o755)
    place = "chasquid/certs/mail.lab.test"
    session.write(f"{place}/fullchain.pem", certificate.read_bytes())
    session.write(f"{place}/privkey.pem", key.read_bytes())
    session.write("chasquid/domains/lab.test/aliases", f"boris: | {keep}\n")
    session.write(
        "chasquid/chasquid.conf",
        f"""
hostname: "mail.lab.test"
smtp_address: ":{session.port}"
data_dir: "{session.folder}/chasquid/data"
mail_log_path: "<stderr>"
""",
    )
    return "chasquid", f"-config_dir={session.folder}/chasquid"


_SERVERS = {
    "postfix": _postfix,
    "aiosmtpd": _aiosmtpd,
    "chasquid": _chasquid,
}
