"""Servers of FTP with explicit TLS, in which everything needs TLS.

Anybody may log in, read the folder, and write to its folder `uploads`.
"""


def start_ftps(session, root):
    """Starts the server of a folder, `pathlib.Path`."""
    session.server.start(
        *_SERVERS[session.programs[0]](session, root),
        ready=session.server.listens(session.port),
    )


def _vsftpd(session, root):
    certificate, key = session.certificate
    options = {
        "listen": "NO",
        "listen_ipv6": "YES",  # and IPv4
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
    return "vsftpd", session.write("vsftpd.conf", "".join(lines))


def _pyftpdlib(session, root):
    return (
        # Debian's Python has pyftpdlib.
        *("/usr/bin/python3", "-m", "lab.servers.serve_ftp", session.port),
        *(*session.certificate, root),
    )


_SERVERS = {"vsftpd": _vsftpd, "pyftpdlib": _pyftpdlib}
