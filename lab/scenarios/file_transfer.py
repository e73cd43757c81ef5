"""File transfers: SCP, SFTP and FTP over TLS."""

import pathlib

from lab.scenarios.contents import log_uniform
from lab.scenarios.contents import some_bytes

_SSH_PORT = 22


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
    certificate, key = session.certificate
    root = pathlib.Path("/srv")
    session.empty_folder(root)
    (root / "files").mkdir()
    (root / "files").chmod(0o777)
    session.empty_folder("/run/vsftpd/empty")
    options = {
        "anonymous_enable": "YES",
        "anon_root": root,
        "anon_upload_enable": "YES",
        "anon_umask": "022",
        "write_enable": "YES",
        "no_anon_password": "YES",
        "allow_anon_ssl": "YES",
        "ssl_enable": "YES",
        "force_anon_logins_ssl": "YES",
        "force_anon_data_ssl": "YES",
        "rsa_cert_file": certificate,
        "rsa_private_key_file": key,
        "secure_chroot_dir": "/run/vsftpd/empty",
        "require_ssl_reuse": "NO",
        "ssl_ciphers": "HIGH",
        "listen": "YES",
        "seccomp_sandbox": "NO",
    }
    lines = (f"{name}={value}\n" for name, value in options.items())
    configuration = session.write("vsftpd.conf", "".join(lines))
    commands = ["set ssl:verify-certificate no", "set ftp:ssl-force true"]
    commands += ["set ftp:ssl-allow-anonymous true"]
    commands += ["set ftp:ssl-protect-data true", "set net:max-retries 2"]
    commands += [f"open ftp://{session.server.address}", "ls"]
    for turn in range(session.rng.randint(1, 3)):
        if session.rng.random() < 0.5:
            source = session.write(f"file{turn}", _file(session))
            commands.append(f"put -O files {source}")
        else:
            source = root / f"file{turn}"
            source.write_bytes(_file(session))
            commands.append(f"get file{turn} -o {session.folder}/got{turn}")
    batch = session.write("batch", "\n".join(commands) + "\nbye\n")
    session.server.start(
        "vsftpd", configuration, ready=session.server.listens(21)
    )
    with session.capture():
        session.client.run("lftp", "-f", batch)


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
        *("-h", session.folder / "host", "-p", _SSH_PORT),
        *("-o", f"AuthorizedKeysFile={session.folder / 'user.pub'}"),
        *("-o", "StrictModes=no", "-o", "PermitRootLogin=yes"),
        *("-o", "Subsystem=sftp internal-sftp"),
        ready=session.server.listens(_SSH_PORT),
    )
    ciphers = ("chacha20-poly1305@openssh.com", "aes128-ctr")
    ciphers += ("aes256-gcm@openssh.com",)
    return [
        *("-i", session.folder / "user"),
        *("-c", session.rng.choice(ciphers)),
        *("-o", "StrictHostKeyChecking=no"),
        *("-o", "UserKnownHostsFile=/dev/null"),
    ]


def _file(session):
    """Contents of a file, of 5 to 120 kB."""
    return some_bytes(session.rng, int(log_uniform(session.rng, 5e3, 120e3)))
