"""Servers of SCP and SFTP.

All let root in, since a session has no other user, by the key `user` of the
session's folder.
"""


def start_ssh(session):
    """Makes the keys of both ends and starts the server."""
    kinds = ["ed25519", "ecdsa"]
    # The libssh2 of Debian 12 knows RSA with SHA-1 only, which OpenSSH refuses.
    if session.programs[1] != "curl":
        kinds.append("rsa")
    kind = session.rng.choice(kinds)
    for name in ("host", "user"):
        session.client.run(
            *("ssh-keygen", "-q", "-t", kind, "-N", ""),
            *("-f", session.folder / name),
        )
    session.server.start(
        *_SERVERS[session.programs[0]](session),
        ready=session.server.listens(session.port),
    )


def _openssh(session):
    session.empty_folder("/run/sshd")
    return (
        *("/usr/sbin/sshd", "-D", "-e", "-f", "/dev/null"),
        *("-h", session.folder / "host", "-p", session.port),
        *("-o", f"AuthorizedKeysFile={session.folder / 'user.pub'}"),
        *("-o", "StrictModes=no", "-o", "PermitRootLogin=yes"),
        *("-o", "Subsystem=sftp internal-sftp"),
    )


def _dropbear(session):
    # It looks for keys that may log in here and nowhere else.
    known = session.empty_folder("/root/.ssh") / "authorized_keys"
    known.write_bytes((session.folder / "user.pub").read_bytes())
    key = session.folder / "host.dropbear"
    session.server.run(
        *("dropbearconvert", "openssh", "dropbear"),
        *(session.folder / "host", key),
    )
    return (
        *("dropbear", "-F", "-E", "-s", "-r", key, "-p", session.port),
        *("-P", session.folder / "dropbear.pid"),
    )


def _asyncssh(session):
    return (
        # Debian's Python has asyncssh.
        *("/usr/bin/python3", "-m", "lab.servers.serve_ssh", session.port),
        *(session.folder / "host", session.folder / "user.pub"),
    )


_SERVERS = {"openssh": _openssh, "dropbear": _dropbear, "asyncssh": _asyncssh}
