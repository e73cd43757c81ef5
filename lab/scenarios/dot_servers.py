"""Servers of DNS over TLS that know one zone."""

# Of Unbound behind dnsdist, within the server.
_INNER_PORT = 60_053


def start_dot(session, zone, records):
    """Starts the session's server.

    Args:
        session: `lab.session.Session`.
        zone: str.
        records: list of tuples of str: name, type, value.
    """
    _STARTS[session.programs[0]](session, zone, records)


def _start_unbound(session, zone, records):
    certificate, key = session.certificate
    _run_unbound(
        session,
        *(session.port, zone, records),
        f"""
        tls-port: {session.port}
        tls-service-pem: "{certificate}"
        tls-service-key: "{key}"
        """,
    )


def _start_dnsdist(session, zone, records):
    _run_unbound(session, _INNER_PORT, zone, records, "")
    certificate, key = session.certificate
    place = f"{session.server.url_address}:{session.port}"
    settings = session.write(
        "dnsdist.conf",
        f"""
        addTLSLocal("{place}", "{certificate}", "{key}")
        newServer("127.0.0.1:{_INNER_PORT}"):setUp()
        setACL({{"0.0.0.0/0", "::/0"}})
        """,
    )
    session.server.start(
        *("dnsdist", "--supervised", "--config", settings),
        ready=session.server.listens(session.port),
    )


def _run_unbound(session, port, zone, records, tls):
    data = "\n".join(
        f"local-data: '{name}. {kind} {value}'" for name, kind, value in records
    )
    settings = session.write(
        "server-unbound.conf",
        f"""
        server:
        interface: 0.0.0.0@{port}
        interface: ::0@{port}
        access-control: 0.0.0.0/0 allow
        access-control: ::/0 allow
        do-daemonize: no
        username: ""
        chroot: ""
        pidfile: ""
        use-syslog: no
        {tls}
        local-zone: "{zone}." static
        {data}
        """,
    )
    session.server.start(
        *("unbound", "-d", "-c", settings), ready=session.server.listens(port)
    )


_STARTS = {"unbound": _start_unbound, "dnsdist": _start_dnsdist}
