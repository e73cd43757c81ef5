"""File transfers: SCP, SFTP and FTP over TLS."""

from lab.scenarios.contents import log_uniform
from lab.scenarios.contents import some_bytes

_SSH_CIPHERS = (
    "chacha20-poly1305@openssh.com",
    "aes128-ctr",
    "aes256-gcm@openssh.com",
)


def play_scp(session):
    """Copies files with scp, in its own protocol.

    Since OpenSSH 9 `scp` without `-O` speaks the protocol of sftp.
    """
    options = _start_ssh(session)
    target = f"root@{session.server.address}"
    with session.capture():
        for turn in range(session.rng.randint(1, 3)):
            if session.rng.random() < 0.5:
                source = session.write(f"up{turn}", _file(session))
                pair = source, f"{target}:{session.folder}/there{turn}"
            else:
                source = session.write(f"down{turn}", _file(session))
                pair = f"{target}:{source}", session.folder / f"here{turn}"
            session.client.run("scp", "-O", "-q", *options, *pair)
            session.pause(0.1, 1)


def play_sftp(session):
    """Looks around and moves files in one sftp session."""
    options = _start_ssh(session)
    commands = [f"cd {session.folder}", "ls -l"]
    for turn in range(session.rng.randint(1, 3)):
        source = session.write(f"file{turn}", _file(session))
        verb = session.rng.choice(("put", "get"))
        commands.append(f"{verb} {source} {session.folder}/moved{turn}")
        commands += session.rng.sample(["pwd", "ls", "df -h", "ls -l"], 2)
    batch = session.write("batch", "\n".join(commands) + "\n")
    with session.capture():
        session.client.run(
            *("sftp", "-q", "-b", batch, *options),
            f"root@{session.server.address}",
        )


def play_ftps(session):
    """Lists and moves files over FTP with explicit TLS."""
    # The home of the user `ftp`, without which nobody may log in.
    root = session.empty_folder("/srv") / "ftp"
    uploads = root / "uploads"
    uploads.mkdir(parents=True)
    uploads.chmod(0o777)
    session.server.start(
        *("vsftpd", _vsftpd_file(session, root)),
        ready=session.server.listens(session.port),
    )
    address = f"{session.server.address}:{session.port}"
    commands = [*_LFTP_SETTINGS, f"open ftp://{address}", "ls"]
    for turn in range(session.rng.randint(1, 3)):
        if session.rng.random() < 0.5:
            source = session.write(f"up{turn}", _file(session))
            commands.append(f"put -O uploads {source}")
        else:
            (root / f"down{turn}").write_bytes(_file(session))
            commands.append(f"get down{turn} -o {session.folder}/down{turn}")
    commands.append("ls uploads")
    batch = session.write("batch", "\n".join(commands) + "\n")
    with session.capture():
        session.client.run("lftp", "-f", batch)


_LFTP_SETTINGS = (
    "set ftp:ssl-force true",
    "set ftp:ssl-protect-data true",
    "set ftp:ssl-allow-anonymous true",
    "set ssl:verify-certificate no",
    # vsftpd 3.0.3 loses uploads of more than one record of TLS 1.3.
    "set ssl:priority NORMAL:-VERS-TLS1.3",
    "set net:max-retries 1",
)


def _vsftpd_file(session, root):
    """Writes a configuration in which everything needs TLS."""
    certificate, key = session.certificate
    options = {
        "listen": "YES",
        "listen_port": session.port,
        "anon_root": root,
        "anon_umask": "022",
        "ssl_ciphers": "HIGH",
        "rsa_cert_file": certificate,
        "rsa_private_key_file": key,
        "secure_chroot_dir": session.empty_folder("/run/vsftpd/empty"),
        # Clients of GnuTLS do not reuse the session of the control channel.
        "require_ssl_reuse": "NO",
        **dict.fromkeys(
            (
                *("anonymous_enable", "anon_upload_enable", "write_enable"),
                *("no_anon_password", "allow_anon_ssl", "ssl_enable"),
                *("force_anon_logins_ssl", "force_anon_data_ssl"),
            ),
            "YES",
        ),
    }
    lines = (f"{name}={value}\n" for name, value in options.items())
    return session.write("vsftpd.conf", "".join(lines))


def _start_ssh(session):
    """Starts sshd; gives the options of a client that may log in."""
    kind = session.rng.choice(("ed25519", "rsa", "ecdsa"))
    for name in ("host", "user"):
        session.client.run(
            *("ssh-keygen", "-q", "-t", kind, "-N", ""),
            *("-f", session.folder / name),
        )
    session.empty_folder("/run/sshd")
    session.server.start(
        *("/usr/sbin/sshd", "-D", "-e", "-f", "/dev/null"),
        *("-h", session.folder / "host", "-p", session.port),
        *("-o", f"AuthorizedKeysFile={session.folder / 'user.pub'}"),
        *("-o", "StrictModes=no", "-o", "PermitRootLogin=yes"),
        *("-o", "Subsystem=sftp internal-sftp"),
        ready=session.server.listens(session.port),
    )
    return [
        *("-i", session.folder / "user"),
        *("-c", session.rng.choice(_SSH_CIPHERS)),
        *("-o", f"Port={session.port}"),
        *("-o", "StrictHostKeyChecking=no"),
        *("-o", "UserKnownHostsFile=/dev/null"),
    ]


def _file(session):
    """Contents of a file, of 4 to 80 kB."""
    return some_bytes(session.rng, int(log_uniform(session.rng, 4e3, 80e3)))
