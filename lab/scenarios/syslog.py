"""Syslog over TLS: what a host logs goes to another."""

from lab.scenarios.contents import some_text

_PROGRAMS = ("sshd", "cron", "postfix/smtpd", "kernel", "sudo", "systemd")
# What rsyslog calls GnuTLS and OpenSSL.
_DRIVERS = {"rsyslog_gnutls": "gtls", "rsyslog_openssl": "ossl"}


def play_syslog(session):
    """Logs lines at the client, a few at a time, and waits for them."""
    rng = session.rng
    session.server.start(
        *("rsyslogd", "-n", "-i", "NONE", "-f", _server_file(session)),
        ready=session.server.listens(session.port),
    )
    lines = [
        f"{some_text(rng, 4, 25)} {rng.getrandbits(32):08x}"
        for _ in range(rng.randint(15, 60))
    ]
    with session.capture():
        session.client.start(
            *("rsyslogd", "-n", "-i", "NONE", "-f", _client_file(session)),
            ready=(session.folder / "log").exists,
        )
        waiting = list(lines)
        while waiting:
            count = rng.randint(1, 8)
            for line in waiting[:count]:
                session.client.run(
                    *("logger", "--socket", session.folder / "log"),
                    *("--tag", rng.choice(_PROGRAMS), "--", line),
                )
            del waiting[:count]
            session.pause(0.1, 1)
        there = session.folder / "received.txt"
        session.wait_for(
            lambda: (
                there.exists()
                and all(line in there.read_text() for line in lines)
            ),
            f"{len(lines)} lines come",
            seconds=20,
        )


def _server_file(session):
    certificate, key = session.certificate
    return session.write(
        "server-rsyslog.conf",
        f"""
global(
    workDirectory="{session.folder}"
    defaultNetstreamDriverCAFile="{certificate}"
    defaultNetstreamDriverCertFile="{certificate}"
    defaultNetstreamDriverKeyFile="{key}"
)
module(
    load="imtcp"
    StreamDriver.Name="{_DRIVERS[session.programs[0]]}"
    StreamDriver.Mode="1"
    StreamDriver.AuthMode="anon"
)
input(type="imtcp" port="{session.port}")
action(type="omfile" file="{session.folder}/received.txt")
""",
    )


def _client_file(session):
    certificate, _ = session.certificate
    form = session.rng.choice(
        ("RSYSLOG_SyslogProtocol23Format", "RSYSLOG_ForwardFormat")
    )
    return session.write(
        "client-rsyslog.conf",
        f"""
global(
    workDirectory="{session.folder}"
    defaultNetstreamDriverCAFile="{certificate}"
)
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="{session.folder}/log")
action(
    type="omfwd"
    target="{session.name("log")}"
    port="{session.port}"
    protocol="tcp"
    template="{form}"
    StreamDriver="{_DRIVERS[session.programs[1]]}"
    StreamDriverMode="1"
    StreamDriverAuthMode="x509/name"
    StreamDriverPermittedPeers="server.lab.test"
)
""",
    )
