"""Servers of IRC over TLS."""

# ngIRCd insists on one without TLS, which nobody uses.
_PLAIN_PORT = 60_667


def start_irc(session):
    """Starts the session's server."""
    session.server.start(
        *_COMMANDS[session.programs[0]](session),
        ready=session.server.listens(session.port),
    )


def _ngircd(session):
    certificate, key = session.certificate
    key.chmod(0o644)  # read after it has given up its rights
    session.empty_folder("/run/ircd").chmod(0o777)
    settings = session.write(
        "ngircd.conf",
        f"""
        [Global]
        Name = irc.lab.test
        Info = A server of the traffic lab
        AdminEMail = nobody@lab.test
        Listen = {session.server.address}
        Ports = {_PLAIN_PORT}
        [Limits]
        MaxConnectionsIP = 0
        MaxPenaltyTime = 0
        [Options]
        DNS = no
        Ident = no
        PAM = no
        [SSL]
        CertFile = {certificate}
        KeyFile = {key}
        Ports = {session.port}
        """,
    )
    return "ngircd", "-n", "-f", settings


def _inspircd(session):
    certificate, key = session.certificate
    settings = session.write(
        "inspircd.conf",
        f"""
        <server name="irc.lab.test" network="lab"
            description="A server of the traffic lab">
        <admin name="nobody" nick="nobody" email="nobody@lab.test">
        <module name="ssl_gnutls">
        <sslprofile name="lab" provider="gnutls"
            certfile="{certificate}" keyfile="{key}">
        <bind address="{session.server.address}" port="{session.port}"
            type="clients" sslprofile="lab">
        <connect allow="*" resolvehostnames="no" timeout="30" threshold="1000"
            commandrate="100000" fakelag="no">
        """,
    )
    return (
        *("inspircd", "--runasroot", "--nofork", "--nopid", "--nolog"),
        *("--config", settings),
    )


_COMMANDS = {"ngircd": _ngircd, "inspircd": _inspircd}
